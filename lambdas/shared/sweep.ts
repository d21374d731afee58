import { GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Finding } from '../../contracts/findings.ts';
import { dynamodb } from './clients.ts';
import { environment } from './environment.ts';
import { statePartition as findingPartition, findingShards } from './findings.ts';
import { listShards, statusPartition } from './tenants.ts';

/* What the sweep goes through, page by page: three sparse or bounded ranges of indexes, never a scan. */

/** How far the last sweep came. */
export interface SweepProgress {
  /** Where the way through the unfinished runs was broken off for want of time. */
  readonly unfinished?: Position | undefined;
  /** Up to when signups have been asked whether their mail was sent. */
  readonly mailsUntil?: string | undefined;
}
interface Position {
  readonly shard: number;
  readonly listPosition: string;
}

const table = () => environment('TENANTS_TABLE');
const progressKey = { pk: 'SWEEP', sk: 'SWEEP' };

export async function readProgress(): Promise<SweepProgress> {
  const { Item } = await dynamodb().send(new GetCommand({ TableName: table(), Key: progressKey, ConsistentRead: true }));
  return (Item as SweepProgress | undefined) ?? {};
}

/** Two sweeps at once would each go on from where they came to; what is looked at twice is found once. */
export async function writeProgress(progress: SweepProgress): Promise<void> {
  await dynamodb().send(new PutCommand({ TableName: table(), Item: { ...progressKey, ...progress } }));
}

async function* range(
  index: string,
  attribute: string,
  partition: string,
  after: string,
  tableName = table(),
): AsyncGenerator<Record<string, unknown>> {
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await dynamodb().send(
      new QueryCommand({
        TableName: tableName,
        IndexName: index,
        KeyConditionExpression: '#partition = :partition AND listPosition > :after',
        ExpressionAttributeNames: { '#partition': attribute },
        ExpressionAttributeValues: { ':partition': partition, ':after': after },
        ExclusiveStartKey,
      }),
    );
    yield* page.Items ?? [];
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
}

/** Below every position: positions begin with a year. */
const first = '0';
const tenantIdOf = ({ pk }: Record<string, unknown>) => String(pk).replace(/^TENANT#/, '');

/** The tenants whose run is unfinished, from where the last sweep broke off. */
export async function* unfinishedTenants(
  from: Position | undefined,
): AsyncGenerator<{ readonly tenantId: string; readonly position: Position }> {
  for (let shard = from?.shard ?? 0; shard < listShards; shard += 1)
    for await (const item of range('Unfinished', 'unfinishedPartition', String(shard), shard === from?.shard ? from.listPosition : first))
      yield { tenantId: tenantIdOf(item), position: { shard, listPosition: String(item['listPosition']) } };
}

/** The PENDING tenants that signed up between two instants. */
export async function* signedUpBetween(after: string, before: string): AsyncGenerator<string> {
  for (let shard = 0; shard < listShards; shard += 1)
    for await (const item of range('ByStatus', 'statusPartition', statusPartition('PENDING', shard), after)) {
      if (String(item['listPosition']) >= before) break;
      yield tenantIdOf(item);
    }
}

/** Every finding that is open. The index may be a moment late. */
export async function* openFindings(): AsyncGenerator<Finding> {
  for (let shard = 0; shard < findingShards; shard += 1)
    for await (const item of range('ByState', 'statePartition', findingPartition('open', shard), first, environment('FINDINGS_TABLE')))
      yield item as unknown as Finding;
}
