import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { RunInput } from '../../contracts/steps.ts';
import { dynamodb, stepFunctions } from '../shared/clients.ts';
import { commit } from '../shared/commit.ts';
import { environment } from '../shared/environment.ts';
import { InvalidInput } from '../shared/errors.ts';
import { logger } from '../shared/logger.ts';
import { redriveMarkKey } from '../shared/tenants.ts';

/*
 * Writes into a tenant's audit trail who redrove its execution beside the API: in the console of Step Functions, or by its API. CloudTrail tells of the call, and EventBridge delivers at least
 * once, so the event is marked in the transaction that records it. A person is named by the id that IAM has given to the user or role, and by CloudTrail's event, which says the rest: names of
 * sessions are addresses as often as not. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
 */

/** What is read of the event: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html */
const ApiCall = z.object({
  detail: z.object({
    eventID: z.string(),
    eventTime: z.string(),
    userIdentity: z.object({
      principalId: z._default(z.string(), 'unknown'),
      sessionContext: z.optional(z.object({ sessionIssuer: z.optional(z.object({ arn: z.optional(z.string()) })) })),
    }),
    requestParameters: z.object({ executionArn: z.string() }),
  }),
});

const readMark = async (key: ReturnType<typeof redriveMarkKey>) =>
  (await dynamodb().send(new GetCommand({ TableName: environment('TENANTS_TABLE'), Key: key, ConsistentRead: true }))).Item;

export const handler = middy<unknown, void>()
  .use(injectLambdaContext(logger, { resetKeys: true }))
  .handler(async (event: unknown, _context: Context) => {
    const call = ApiCall.safeParse(event);
    if (!call.success) throw new InvalidInput('This is no call of RedriveExecution that CloudTrail tells of.');
    const { eventID, eventTime, userIdentity, requestParameters } = call.data.detail;
    // The API's own redrives are in the trail already, with their reason.
    if (userIdentity.sessionContext?.sessionIssuer?.arn === environment('REDRIVE_ROLE_ARN')) return;
    const { executionArn } = requestParameters;
    const { input = '' } = await stepFunctions().send(new DescribeExecutionCommand({ executionArn }));
    const { tenantId, runId, generation } = RunInput.parse(JSON.parse(input));
    const key = redriveMarkKey(tenantId, eventID);
    // A role's id is followed by the name of the session.
    const principal = userIdentity.principalId.replace(/:.*$/, '');
    await commit({ tenantId }, async () => {
      if (await readMark(key)) return { answer: undefined };
      return {
        answer: undefined,
        entry: {
          type: 'RedrivenFromConsole',
          actor: { kind: 'staff', id: principal },
          runId,
          generation,
          data: { cloudTrailEventId: eventID, at: eventTime },
        },
        alongside: [{ Put: { TableName: environment('TENANTS_TABLE'), Item: key, ConditionExpression: 'attribute_not_exists(pk)' } }],
      };
    });
    logger.info('A redrive beside the API is in the audit trail.', { tenantId, runId, generation });
  });
