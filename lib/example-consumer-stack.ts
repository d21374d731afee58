import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { DeadLetters } from './dead-letters.ts';

export interface ExampleConsumerStackProps extends StackProps {
  readonly busName: string;
}

/**
 * What a downstream team writes to hear of new tenants: a rule on the bus, found by its name, and a queue. An event comes at least once and in no
 * order, so whoever reads the queue deduplicates on `eventId` and orders by `revision` (contracts/events.ts).
 */
export class ExampleConsumerStack extends Stack {
  constructor(scope: Construct, id: string, { busName, ...props }: ExampleConsumerStackProps) {
    super(scope, id, { ...props, description: 'Tenantry: an example of a team that hears of new tenants.' });
    const deadLetters = new DeadLetters(this, 'ExampleConsumerDeadLetters');
    const queue = new Queue(this, 'ProvisionedTenants', {
      retentionPeriod: Duration.days(14),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      deadLetterQueue: { queue: deadLetters.queue, maxReceiveCount: 5 },
    });
    new Rule(this, 'TenantProvisioned', {
      eventBus: EventBus.fromEventBusName(this, 'Bus', busName),
      eventPattern: { source: ['tenantry.tenants'], detailType: ['TenantProvisioned'] },
      targets: [new SqsQueue(queue, { deadLetterQueue: deadLetters.queue })],
    });
    new CfnOutput(this, 'ExampleConsumerQueueUrl', { value: queue.queueUrl });
  }
}
