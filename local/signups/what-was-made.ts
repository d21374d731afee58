import { CognitoIdentityProviderClient, paginateListUsers } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ListResourceRecordSetsCommand, paginateListHostedZones, type ResourceRecordSet, Route53Client } from '@aws-sdk/client-route-53';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { TenantProvisioned } from '../../contracts/events.ts';
import type { LocalStack } from '../stack.ts';

/** Counts of what is in the stack, the names in its hosted zones, and the tenants of which the example consumer was told. */
export type Made = { tenants: number; activeTenants: number; users: number; hostNames: string[]; eventTenantIds: string[]; mails: number };

/** How long the example consumer waits for events that have not come. */
const eventDeadlineMilliseconds = 20_000;

/** Looks into the tables, the user pool, the example consumer's queue and the mails, as an administrator of the account could. */
export async function whatWasMade(stack: LocalStack, expectedEvents: number): Promise<Made> {
  const { endpoint, region, outputs, credentials } = stack;
  const config = () => ({ endpoint, region, credentials: { ...credentials } });
  const dynamodb = new DynamoDBClient(config());
  const cognito = new CognitoIdentityProviderClient(config());
  const route53 = new Route53Client(config());
  const sqs = new SQSClient(config());
  try {
    // First of all, because emitting the event is what the pipeline does last.
    const eventTenantIds = await receiveEvents(sqs, outputs['ExampleConsumerQueueUrl'], expectedEvents);
    const heads = await tenantHeads(dynamodb, outputs['TenantsTableName']);
    const ownPools = heads.flatMap(({ silo }) => silo?.userPoolId ?? []);
    const users = await Promise.all([outputs['TenantUserPoolId'], ...ownPools].map((pool) => countUsers(cognito, pool)));
    return {
      tenants: heads.length,
      activeTenants: heads.filter(({ status }) => status === 'ACTIVE').length,
      users: users.reduce((sum, count) => sum + count, 0),
      hostNames: await hostNames(route53),
      eventTenantIds,
      mails: (await stack.mails()).length,
    };
  } finally {
    for (const client of [dynamodb, cognito, route53, sqs]) client.destroy();
  }
}

/** What is read of a tenant's head. */
type Head = { status: string; silo?: { userPoolId: string } };

async function tenantHeads(client: DynamoDBClient, TableName: string | undefined): Promise<Head[]> {
  const heads: Head[] = [];
  const headsOnly = { FilterExpression: 'sk = :tenant', ExpressionAttributeValues: { ':tenant': 'TENANT' } };
  for await (const { Items } of paginateScan({ client: DynamoDBDocumentClient.from(client) }, { TableName, ...headsOnly }))
    heads.push(...((Items ?? []) as unknown as Head[]));
  return heads;
}

async function countUsers(client: CognitoIdentityProviderClient, UserPoolId: string | undefined): Promise<number> {
  let count = 0;
  for await (const { Users } of paginateListUsers({ client }, { UserPoolId })) count += Users?.length ?? 0;
  return count;
}

/** Every alias in DNS, but for those that prove a name to ACM. */
async function hostNames(client: Route53Client): Promise<string[]> {
  const aliases: string[] = [];
  for await (const { HostedZones } of paginateListHostedZones({ client }, {}))
    for (const { Id } of HostedZones ?? [])
      for await (const { Name = '', Type } of recordsOf(client, Id)) if (Type === 'CNAME' && !Name.startsWith('_')) aliases.push(Name);
  return aliases.map((name) => name.replace(/\.$/, ''));
}

async function* recordsOf(client: Route53Client, HostedZoneId: string | undefined): AsyncGenerator<ResourceRecordSet> {
  let from = {};
  for (;;) {
    const page = await client.send(new ListResourceRecordSetsCommand({ HostedZoneId, ...from }));
    yield* page.ResourceRecordSets ?? [];
    if (!page.IsTruncated) return;
    from = { StartRecordName: page.NextRecordName, StartRecordType: page.NextRecordType, StartRecordIdentifier: page.NextRecordIdentifier };
  }
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
