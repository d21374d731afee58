import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Alarms } from './alarms.ts';
import type { ApiStack } from './api-stack.ts';
import type { Configuration } from './configuration.ts';
import type { ExampleConsumerStack } from './example-consumer-stack.ts';
import type { PipelineStack } from './pipeline-stack.ts';

export interface OperationsStackProps extends StackProps {
  readonly pipeline: PipelineStack;
  readonly api: ApiStack;
  readonly exampleConsumer: ExampleConsumerStack | undefined;
  readonly configuration: Configuration;
}

/** One alarm for each thing on which a person must act. Requests that are refused (4xx) are none of them. */
export class OperationsStack extends Stack {
  constructor(scope: Construct, id: string, { pipeline, api, exampleConsumer, configuration, ...props }: OperationsStackProps) {
    super(scope, id, { ...props, description: 'Tenantry: alarms.' });
    const alarms = new Alarms(this, 'Alarms', { alarmEmail: configuration.alarmEmail });
    const sum = { statistic: 'Sum' };

    alarms.whenAny('ApiServerErrors', 'The API answered with a server error.', api.api.restApi.metricServerError(sum));

    const { stateMachine } = pipeline.onboardTenant;
    alarms.whenAny('OnboardTenantFailed', 'A tenant is stuck: a step of its onboarding failed.', stateMachine.metricFailed(sum));
    alarms.whenAny('OnboardTenantTimedOut', 'A tenant is stuck: its onboarding took too long.', stateMachine.metricTimedOut(sum));
    alarms.whenAny('OnboardTenantAborted', 'A tenant is stuck: its onboarding was stopped.', stateMachine.metricAborted(sum));

    for (const reaction of [...pipeline.reactions, api.signup.sendConfirmation])
      alarms.whenAny(`${reaction.node.id}Errors`, `${reaction.node.id} failed and is tried again.`, reaction.metricFailures());

    alarms.whenAny(
      'ReactionsDeadLetters',
      'A reaction gave up on a change or a run.',
      pipeline.reactionsDeadLetters.queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
    );
    if (exampleConsumer)
      alarms.whenAny(
        'ExampleConsumerDeadLetters',
        'An event did not reach the example consumer, or was not handled by it.',
        exampleConsumer.deadLetters.queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
      );
  }
}
