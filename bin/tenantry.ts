import { App } from 'aws-cdk-lib';
import { addTenantry } from '../lib/application.ts';
import { readConfiguration } from '../lib/configuration.ts';

const app = new App();
addTenantry(app, readConfiguration(app.node));
app.synth();
