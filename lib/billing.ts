import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DeadLetters } from './dead-letters.ts';
import type { Ability } from './handler.ts';
import { QueueReaction } from './queue-reaction.ts';

const workerTimeoutSeconds = 60;

export interface BillingProps {
  /** What the worker may do beside reading the queue. */
  readonly abilities: readonly Ability[];
}

/** Settles tenants' billing beside whatever asks for it, by putting a tenant into this queue: nobody waits for the payment provider. */
export class Billing extends Construct {
  readonly queue: Queue;
  readonly deadLetters: DeadLetters;

  constructor(scope: Construct, id: string, { abilities }: BillingProps) {
    super(scope, id);
    this.deadLetters = new DeadLetters(this, 'BillingDeadLetters');
    this.queue = new Queue(this, 'Queue', {
      retentionPeriod: Duration.days(14),
      // Six times the worker's: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      visibilityTimeout: Duration.seconds(6 * workerTimeoutSeconds),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // The worker waits longer after each try; the arithmetic stands there.
      deadLetterQueue: { queue: this.deadLetters.queue, maxReceiveCount: 20 },
    });
    new QueueReaction(this, 'SettleBilling', {
      queue: this.queue,
      timeoutSeconds: workerTimeoutSeconds,
      abilities: [...abilities, this.putOffAndGiveUp()],
      batchSize: 5,
      // The provider limits its requests a second, and nobody waits.
      maxConcurrency: 2,
    });
  }

  /** To ask for a tenant's billing to be settled. */
  enqueue(): Ability {
    return {
      environment: { BILLING_QUEUE_URL: this.queue.queueUrl },
      statements: [new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.queue.queueArn] })],
    };
  }

  private putOffAndGiveUp(): Ability {
    return {
      environment: { BILLING_QUEUE_URL: this.queue.queueUrl, BILLING_DEAD_LETTERS_URL: this.deadLetters.queue.queueUrl },
      statements: [
        new PolicyStatement({ actions: ['sqs:ChangeMessageVisibility'], resources: [this.queue.queueArn] }),
        new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.deadLetters.queue.queueArn] }),
      ],
    };
  }
}
