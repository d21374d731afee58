import { Duration } from 'aws-cdk-lib';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

/** Keeps what could not be handled, for as long as SQS can, until somebody looks at it. Each has an alarm (lib/operations-stack.ts). */
export class DeadLetters extends Construct {
  readonly queue: IQueue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const queue = new Queue(this, 'Queue', {
      retentionPeriod: Duration.days(14),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    acknowledge(queue, {
      'AwsSolutions-SQS3': 'This is itself a queue of dead letters.',
      'Serverless-SQSRedrivePolicy': 'This is itself a queue of dead letters.',
    });
    this.queue = queue;
  }
}
