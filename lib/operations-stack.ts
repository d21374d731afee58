import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Alarms } from './alarms.ts';
import type { ApiStack } from './api-stack.ts';
import type { Configuration } from './configuration.ts';
import type { DataStack } from './data-stack.ts';
import type { ExampleConsumerStack } from './example-consumer-stack.ts';
import { addOverview } from './overview.ts';
import type { PipelineStack } from './pipeline-stack.ts';
import { watchFindings } from './watch-findings.ts';
import { watchFunctions } from './watch-functions.ts';
import { watchQueues } from './watch-queues.ts';
import { watchWorkflows } from './watch-workflows.ts';

export interface OperationsStackProps extends StackProps {
  readonly data: DataStack;
  readonly pipeline: PipelineStack;
  readonly api: ApiStack;
  readonly exampleConsumer: ExampleConsumerStack | undefined;
  readonly configuration: Configuration;
}

/**
 * One alarm for each thing on which a person must act. Requests that are refused (4xx) are none of them. What is watched is found among the
 * constructs of the other stacks, which are therefore made before this one: a new queue of dead letters has its alarm without anybody remembering it.
 */
export class OperationsStack extends Stack {
  constructor(scope: Construct, id: string, { data, pipeline, api, exampleConsumer, configuration, ...props }: OperationsStackProps) {
    super(scope, id, { ...props, description: 'Tenantry: alarms and a dashboard.' });
    const watched = [pipeline, api, ...(exampleConsumer ? [exampleConsumer] : [])];
    const alarms = new Alarms(this, 'Alarms', { alarmEmail: configuration.alarmEmail });

    alarms.ring('ApiServerErrors', {
      what: 'The API answered with a server error.',
      first: "find the route by the access log's status >= 500.",
      metric: api.api.restApi.metricServerError({ statistic: 'Sum' }),
    });
    watchWorkflows(alarms, watched);
    watchFindings(this, alarms, pipeline.sweepTenants);
    watchFunctions(alarms, watched);
    watchQueues(alarms, watched);
    addOverview(this, { api: api.api, alarms, watched: [data, ...watched] });
  }
}
