import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { DeadLetters } from './dead-letters.ts';
import { type Ability, Handler } from './handler.ts';

const workerTimeoutSeconds = 60;

export interface BillingProps {
  /** What the worker may do beside reading the queue. */
  readonly abilities: readonly Ability[];
}

/** Makes tenants' subscriptions beside the workflow, which only puts them into this queue: nobody waits for the payment provider. */
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
    const worker = new Handler(this, 'CreateSubscription', {
      folder: 'events',
      timeoutSeconds: workerTimeoutSeconds,
      abilities: [...abilities, this.work()],
    });
    const mapping = new EventSourceMapping(worker, 'Queue', {
      target: worker.function,
      eventSourceArn: this.queue.queueArn,
      batchSize: 5,
      reportBatchItemFailures: true,
      // The provider limits its requests a second, and nobody waits.
      maxConcurrency: 2,
    });
    acknowledge(mapping, {
      'Serverless-LambdaEventSourceMappingDestination':
        "A queue's mapping has none: what fails stays in the queue, and goes to its dead letters.",
    });
    acknowledge(worker.function, {
      'Serverless-LambdaDLQ': "The queue's own dead letters keep what fails; nobody invokes the function asynchronously.",
    });
  }

  /** To ask for a tenant's subscription. */
  enqueue(): Ability {
    return {
      environment: { BILLING_QUEUE_URL: this.queue.queueUrl },
      statements: [new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.queue.queueArn] })],
    };
  }

  /** What Lambda needs to read the queue for its function (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html), and the worker to put off and to give up. */
  private work(): Ability {
    return {
      environment: { BILLING_QUEUE_URL: this.queue.queueUrl, BILLING_DEAD_LETTERS_URL: this.deadLetters.queue.queueUrl },
      statements: [
        new PolicyStatement({
          actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'],
          resources: [this.queue.queueArn],
        }),
        new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.deadLetters.queue.queueArn] }),
      ],
    };
  }
}
