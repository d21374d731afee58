import { CognitoIdentityProviderClient, paginateListUsers } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { TenantProvisioned } from '../../contracts/events.ts';
import type { LocalStack } from '../stack.ts';

/** Counts of what is in the stack, and the tenants of which the example consumer was told. */
export type Made = { tenants: number; activeTenants: number; users: number; eventTenantIds: string[]; mails: number };

/** How long the example consumer waits for events that have not come. */
const eventDeadlineMilliseconds = 20_000;

/** Looks into the tables, the user pool, the example consumer's queue and the mails, as an administrator of the account could. */
export async function whatWasMade(stack: LocalStack, expectedEvents: number): Promise<Made> {
  const { endpoint, region, outputs, credentials } = stack;
  const config = () => ({ endpoint, region, credentials: { ...credentials } });
  const dynamodb = new DynamoDBClient(config());
  const cognito = new CognitoIdentityProviderClient(config());
  const sqs = new SQSClient(config());
  try {
    // First of all, because emitting the event is what the pipeline does last.
    const eventTenantIds = await receiveEvents(sqs, outputs['ExampleConsumerQueueUrl'], expectedEvents);
    const statuses = await tenantStatuses(dynamodb, outputs['TenantsTableName']);
    return {
      tenants: statuses.length,
      activeTenants: statuses.filter((status) => status === 'ACTIVE').length,
      users: await countUsers(cognito, outputs['TenantUserPoolId']),
      eventTenantIds,
      mails: (await stack.mails()).length,
    };
  } finally {
    for (const client of [dynamodb, cognito, sqs]) client.destroy();
  }
}

async function tenantStatuses(client: DynamoDBClient, TableName: string | undefined): Promise<string[]> {
  const statuses: string[] = [];
  const tenantsOnly = { FilterExpression: 'sk = :tenant', ExpressionAttributeValues: { ':tenant': 'TENANT' } };
  for await (const { Items } of paginateScan({ client: DynamoDBDocumentClient.from(client) }, { TableName, ...tenantsOnly })) {
    statuses.push(...(Items ?? []).map((item) => String(item['status'])));
  }
  return statuses;
}

async function countUsers(client: CognitoIdentityProviderClient, UserPoolId: string | undefined): Promise<number> {
  let count = 0;
  for await (const { Users } of paginateListUsers({ client }, { UserPoolId })) count += Users?.length ?? 0;
  return count;
}

/** Does what a consumer does: takes events off its queue and drops those that it has seen. */
async function receiveEvents(sqs: SQSClient, QueueUrl: string | undefined, expected: number): Promise<string[]> {
  const events = new Map<string, TenantProvisioned>();
  const deadline = Date.now() + eventDeadlineMilliseconds;
  while (events.size < expected && Date.now() < deadline) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }));
    for (const { Body = '', ReceiptHandle } of Messages) {
      const event = TenantProvisioned.parse(JSON.parse(Body).detail);
      events.set(event.eventId, event);
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
  return [...events.values()].map(({ tenantId }) => tenantId);
}
