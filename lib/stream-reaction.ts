import { Duration } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping, FilterCriteria, MetricType, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { DeadLetters } from './dead-letters.ts';
import { metricFailedEvents } from './failed-events.ts';
import { type Ability, Handler } from './handler.ts';
import type { ProtectedTable } from './protected-table.ts';

export interface StreamReactionProps {
  readonly table: ProtectedTable;
  /** Which records wake the handler: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html */
  readonly when: Record<string, unknown>;
  readonly abilities: readonly Ability[];
  readonly deadLetters: DeadLetters;
}

/** A handler (lambdas/events/) that a change in a table wakes, at least once for each change. */
export class StreamReaction extends Handler {
  private readonly mapping: EventSourceMapping;

  constructor(scope: Construct, id: string, { table, when, abilities, deadLetters }: StreamReactionProps) {
    super(scope, id, { folder: 'events', abilities: [...abilities, readStream(table)] });

    this.mapping = new EventSourceMapping(this, 'Stream', {
      target: this.function,
      eventSourceArn: streamArn(table),
      // From the oldest record, so that what happened while a deployment was under way is not passed over.
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 10,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      retryAttempts: 5,
      // Half of the 24 hours that a stream keeps its records, so that a dead letter still finds the record which it speaks of.
      maxRecordAge: Duration.hours(12),
      filters: [FilterCriteria.filter(when)],
      metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
      onFailure: new SqsDlq(deadLetters.queue),
    });
    acknowledge(this.function, {
      'Serverless-LambdaDLQ': "The stream's mapping sends what fails to the dead letters; nobody invokes the function asynchronously.",
    });
  }

  /** How many records the handler did not handle. */
  override metricFailures(): Metric {
    return metricFailedEvents(this.mapping);
  }
}

function streamArn(table: ProtectedTable): string {
  if (!table.tableStreamArn) throw new Error(`${table.node.path} has no stream to react to.`);
  return table.tableStreamArn;
}

/** What Lambda needs to read the stream for its function: https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html */
const readStream = (table: ProtectedTable): Ability => ({
  statements: [
    new PolicyStatement({
      actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
      resources: [streamArn(table)],
    }),
    table.toRead(),
  ],
  wildcard: {
    id: 'ListStreams',
    statements: [new PolicyStatement({ actions: ['dynamodb:ListStreams'], resources: [`${table.tableArn}/stream/*`] })],
    reason: 'Lists the streams of this one table: the action is not about a single stream.',
  },
});
