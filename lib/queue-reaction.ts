import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping, MetricType } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { metricFailedEvents } from './failed-events.ts';
import { type Ability, Handler } from './handler.ts';

export interface QueueReactionProps {
  readonly queue: Queue;
  readonly abilities: readonly Ability[];
  readonly timeoutSeconds: number;
  readonly batchSize: number;
  /** How many invocations there may be at once. */
  readonly maxConcurrency: number;
}

/** A handler (lambdas/events/) that takes messages out of a queue, at least once each, and reports those that it did not handle. */
export class QueueReaction extends Handler {
  readonly queue: Queue;
  private readonly mapping: EventSourceMapping;

  constructor(scope: Construct, id: string, { queue, abilities, timeoutSeconds, batchSize, maxConcurrency }: QueueReactionProps) {
    super(scope, id, { folder: 'events', timeoutSeconds, abilities: [...abilities, readQueue(queue)] });
    this.queue = queue;
    this.mapping = new EventSourceMapping(this, 'Messages', {
      target: this.function,
      eventSourceArn: queue.queueArn,
      batchSize,
      maxConcurrency,
      reportBatchItemFailures: true,
      metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
    });
    acknowledge(this.mapping, {
      'Serverless-LambdaEventSourceMappingDestination':
        "A queue's mapping has none: what fails stays in the queue, and goes to its dead letters.",
    });
    acknowledge(this.function, {
      'Serverless-LambdaDLQ': "The queue's own dead letters keep what fails; nobody invokes the function asynchronously.",
    });
  }

  /** How many messages were not handled, and come again. */
  override metricFailures(): Metric {
    return metricFailedEvents(this.mapping);
  }
}

/** What Lambda needs to read the queue for its function: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const readQueue = ({ queueArn }: Queue): Ability => ({
  statements: [
    new PolicyStatement({ actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], resources: [queueArn] }),
  ],
});
