import { Aws, Duration } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { EventInvokeConfig } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { DeadLetters } from './dead-letters.ts';
import { type Ability, Handler } from './handler.ts';

export interface ScheduledReactionProps {
  readonly everyMinutes: number;
  readonly abilities: readonly Ability[];
  readonly deadLetters: DeadLetters;
  readonly timeoutSeconds: number;
}

/** A handler (lambdas/events/) that runs again and again. What one run leaves undone, the next one finds. */
export class ScheduledReaction extends Handler {
  constructor(scope: Construct, id: string, { everyMinutes, abilities, deadLetters, timeoutSeconds }: ScheduledReactionProps) {
    super(scope, id, { folder: 'events', abilities, timeoutSeconds });
    new EventInvokeConfig(this, 'Invocation', {
      function: this.function,
      // The next run comes soon enough: a run that waits for longer is of no use.
      maxEventAge: Duration.minutes(everyMinutes),
      retryAttempts: 2,
      onFailure: new SqsDestination(deadLetters.queue),
    });
    const role = new Role(this, 'ScheduleRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } } }),
      inlinePolicies: {
        Invoke: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.function.functionArn] }),
            new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetters.queue.queueArn] }),
          ],
        }),
      },
    });
    // Of the first level, because the construct would allow every version of the function too.
    new CfnSchedule(this, 'Schedule', {
      description: `Runs ${id} every ${everyMinutes} minutes.`,
      scheduleExpression: `rate(${everyMinutes} minutes)`,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: this.function.functionArn,
        roleArn: role.roleArn,
        input: '{}',
        retryPolicy: { maximumEventAgeInSeconds: everyMinutes * 60, maximumRetryAttempts: 3 },
        deadLetterConfig: { arn: deadLetters.queue.queueArn },
      },
    });
    acknowledge(this.function, {
      'Serverless-LambdaDLQ': 'An asynchronous invocation that fails goes to the dead letters as its failure destination.',
    });
  }
}
