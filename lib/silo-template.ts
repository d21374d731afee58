import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stage, Validations } from 'aws-cdk-lib';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { Construct } from 'constructs';
import type { Configuration } from './configuration.ts';
import { SiloStack } from './silo-stack.ts';

/**
 * The Silo template, synthesised beside the app of the same constructs and context, and published with the app's assets: `cdk deploy` never makes a silo. Its version
 * is a hash of what it says, so that two silos of one version are alike and nobody has to remember to raise a number.
 */
export class SiloTemplate extends Construct {
  readonly asset: Asset;
  /** Where the template lies when it is synthesised. */
  readonly path: string;
  readonly version: string;

  constructor(scope: Construct, id: string, configuration: Configuration) {
    super(scope, id);
    const directory = join(Stage.of(this)?.outdir ?? '', 'silo');
    const app = new App({
      outdir: directory,
      context: this.node.root.node.getAllContext() as Record<string, unknown>,
      analyticsReporting: false,
    });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
    const silo = new SiloStack(app, 'Tenantry-Silo', configuration);
    const template = `${JSON.stringify(app.synth().getStackByName(silo.stackName).template)}\n`;
    this.version = createHash('sha256').update(template).digest('hex').slice(0, 12);
    mkdirSync(directory, { recursive: true });
    this.path = join(directory, 'template.json');
    writeFileSync(this.path, template);
    this.asset = new Asset(this, 'Asset', { path: this.path });
  }
}
