import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { ApiStack } from './api-stack.ts';
import type { Configuration } from './configuration.ts';
import { DataStack } from './data-stack.ts';
import { ExampleConsumerStack } from './example-consumer-stack.ts';
import { OperationsStack } from './operations-stack.ts';
import { PipelineStack } from './pipeline-stack.ts';
import { TenantEvents } from './tenant-events.ts';

/** All of Tenantry, in no particular account or Region. */
export function addTenantry(app: App, configuration: Configuration): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));

  const data = new DataStack(app, 'Tenantry-Data', { configuration });
  const pipeline = new PipelineStack(app, 'Tenantry-Pipeline', { data, configuration });
  const api = new ApiStack(app, 'Tenantry-Api', { data, pipeline, configuration });
  const exampleConsumer = configuration.exampleConsumer
    ? new ExampleConsumerStack(app, 'Tenantry-ExampleConsumer', { busName: TenantEvents.busName })
    : undefined;
  // The consumer knows the bus by its name alone, so the order of deployment is said here.
  exampleConsumer?.addStackDependency(pipeline, 'the bus must exist before a rule on it');
  new OperationsStack(app, 'Tenantry-Operations', { data, pipeline, api, exampleConsumer, configuration });
}
