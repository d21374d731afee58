import { App } from 'aws-cdk-lib';
import { loadCatalog } from '../catalog/catalog.ts';
import { readConfiguration } from '../lib/configuration.ts';

const app = new App();
const configuration = readConfiguration(app.node);
loadCatalog();
// Not before: as it loads, all handlers are bundled, which takes many seconds, and whoever decided something wrong is told so at once.
const { addTenantry } = await import('../lib/application.ts');
addTenantry(app, configuration);
app.synth();
