import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { ChangeMessageVisibilityCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { tenantAskedFor } from '../shared/billing-queue.ts';
import { sqs } from '../shared/clients.ts';
import { environment } from '../shared/environment.ts';
import { explain } from '../shared/errors.ts';
import { logger } from '../shared/logger.ts';
import { runtime } from '../shared/runtime.ts';
import { settleBilling } from '../shared/settlement.ts';

/*
 * Settles the billing of the tenants that are in the queue: a subscription for those that live, an end for those that have ended. What passes (the provider is away, or throttles) waits in the queue, longer
 * each time, and comes again; what does not pass goes to the dead letters at once, with its class, because trying again would not mend it. A message that comes twice changes nothing twice.
 */

/**
 * From 5 seconds to an hour, half of it by chance. A queue gives a message out 20 times (lib/billing.ts), with 19 waits between: 5 + 10 + … + 2,560 s and nine hours, 37,515 s
 * at most and half of it at least. So a message outlives an outage of five hours.
 */
const firstWaitSeconds = 5;
const longestWaitSeconds = 3_600;
function waitSeconds(receivedTimes: number): number {
  const wait = Math.min(longestWaitSeconds, firstWaitSeconds * 2 ** (receivedTimes - 1));
  return Math.ceil(wait / 2 + (runtime.random() * wait) / 2);
}

/** @returns whether the message is dealt with; otherwise it comes again after a wait */
async function take(record: SQSRecord): Promise<boolean> {
  logger.resetKeys();
  try {
    const tenantId = tenantAskedFor(record.body);
    logger.appendKeys({ tenantId });
    await settleBilling(tenantId);
    logger.info("The tenant's billing is settled.");
    return true;
  } catch (error) {
    const { class: failureClass, error: errorName, operation = 'none' } = explain(error);
    logger.error("The tenant's billing could not be settled.", { messageId: record.messageId, class: failureClass, errorName, operation });
    if (failureClass === 'retry' || failureClass === 'quota') await putOff(record);
    else await giveUp(record, { class: failureClass, error: errorName, operation });
    return failureClass !== 'retry' && failureClass !== 'quota';
  }
}

async function putOff({ receiptHandle, attributes }: SQSRecord): Promise<void> {
  const VisibilityTimeout = waitSeconds(Number(attributes.ApproximateReceiveCount));
  await sqs().send(
    new ChangeMessageVisibilityCommand({ QueueUrl: environment('BILLING_QUEUE_URL'), ReceiptHandle: receiptHandle, VisibilityTimeout }),
  );
  logger.info('The message comes again.', { waitSeconds: VisibilityTimeout });
}

const giveUp = ({ body }: SQSRecord, why: Record<string, string>) =>
  sqs().send(
    new SendMessageCommand({
      QueueUrl: environment('BILLING_DEAD_LETTERS_URL'),
      MessageBody: body,
      MessageAttributes: Object.fromEntries(Object.entries(why).map(([name, value]) => [name, { DataType: 'String', StringValue: value }])),
    }),
  );

export const handler = middy<SQSEvent, SQSBatchResponse>()
  .use(injectLambdaContext(logger, { resetKeys: true }))
  .handler(async ({ Records }: SQSEvent, _context: Context): Promise<SQSBatchResponse> => {
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
    for (const record of Records) {
      // A failure to put off or to give up leaves the message where it is, to come again after the queue's own timeout.
      const done = await take(record).catch((error: unknown) => {
        const { error: errorName, operation } = explain(error);
        logger.error('The message could be neither put off nor given up; it stays in the queue.', {
          messageId: record.messageId,
          errorName,
          operation,
        });
        return false;
      });
      if (!done) batchItemFailures.push({ itemIdentifier: record.messageId });
    }
    return { batchItemFailures };
  });
