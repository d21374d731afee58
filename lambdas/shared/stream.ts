import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { explain } from './errors.ts';
import { logger } from './logger.ts';

/**
 * Makes the handler of a reaction to changed heads. A record only wakes: the reaction reads the tenant as it is now, so records that come twice, late or out of order
 * do no harm. The first record that fails is reported, with all after it delivered again
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html), and goes to the dead letter queue when it keeps failing.
 */
export const reactionHandler = (react: (tenantId: string) => Promise<void>) =>
  middy<DynamoDBStreamEvent, DynamoDBBatchResponse>()
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .handler(async (event: DynamoDBStreamEvent, _context: Context): Promise<DynamoDBBatchResponse> => {
      for (const { dynamodb } of event.Records) {
        const tenantId = dynamodb?.NewImage?.['tenantId']?.S;
        if (!tenantId) continue;
        logger.appendKeys({ tenantId });
        try {
          await react(tenantId);
        } catch (error) {
          const { error: errorName, operation, class: failureClass } = explain(error);
          logger.error('The reaction failed; it is tried again.', { errorName, operation, class: failureClass });
          return { batchItemFailures: [{ itemIdentifier: dynamodb?.SequenceNumber ?? '' }] };
        }
      }
      return { batchItemFailures: [] };
    });
