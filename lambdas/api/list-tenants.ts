import { BatchGetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { type TenantPage, TenantStatus, TenantSummary } from '../../contracts/tenant.ts';
import { apiHandler } from '../shared/api.ts';
import { dynamodb } from '../shared/clients.ts';
import { decodeCursor, encodeCursor } from '../shared/cursor.ts';
import { environment } from '../shared/environment.ts';
import { runtime } from '../shared/runtime.ts';
import { listShards, statusPartition, tenantKey, tierPartition } from '../shared/tenants.ts';

/*
 * Lists tenants, newest first. Each shard of each wanted partition is asked for one page after the cursor, and the newest of all are answered:
 * the cursor is a position in time, so it holds however many shards there are, and nothing is filtered or scanned.
 */

type Position = { readonly listPosition: string; readonly pk: string };

/** @returns the partitions that hold what is asked for, all in one index */
function partitionsOf(status: TenantStatus | undefined, tier: string | undefined) {
  const statuses = status ? [status] : TenantStatus.options;
  const shards = Array.from({ length: listShards }, (_, shard) => shard);
  return statuses.flatMap((each) =>
    shards.map((shard) =>
      tier
        ? { index: 'ByTier', attribute: 'tierPartition', value: tierPartition(tier, each, shard) }
        : { index: 'ByStatus', attribute: 'statusPartition', value: statusPartition(each, shard) },
    ),
  );
}

async function positions(
  { index, attribute, value }: ReturnType<typeof partitionsOf>[number],
  before: string,
  limit: number,
): Promise<Position[]> {
  const { Items } = await dynamodb().send(
    new QueryCommand({
      TableName: environment('TENANTS_TABLE'),
      IndexName: index,
      KeyConditionExpression: '#partition = :partition AND listPosition < :before',
      ExpressionAttributeNames: { '#partition': attribute },
      ExpressionAttributeValues: { ':partition': value, ':before': before },
      ScanIndexForward: false,
      Limit: limit,
    }),
  );
  return (Items ?? []) as unknown as Position[];
}

/**
 * Reads heads by key, strongly consistent: an older copy of the table may not have what the index has already, and the tenant would be on no page.
 * Unprocessed keys are asked for again: DynamoDB answers at most 16 MB, and less under throttling.
 */
async function heads(keys: { pk: string; sk: string }[]): Promise<TenantSummary[]> {
  const table = environment('TENANTS_TABLE');
  const found: TenantSummary[] = [];
  let open = keys;
  while (open.length > 0) {
    const { Responses, UnprocessedKeys } = await dynamodb().send(
      new BatchGetCommand({ RequestItems: { [table]: { Keys: open, ConsistentRead: true } } }),
    );
    found.push(...((Responses?.[table] ?? []) as TenantSummary[]));
    open = (UnprocessedKeys?.[table]?.Keys ?? []) as typeof open;
    if (open.length > 0) await runtime.pause(runtime.random() * 100);
  }
  return found;
}

const Query = z.object({ status: TenantStatus.optional(), tier: z.string().optional(), limit: z.number(), cursor: z.string().optional() });
/** As tenants.ts makes them: when it signed up, and its id. */
const ListPosition = z.string().regex(/^[0-9TZ:.-]{24}#[0-9a-f-]{36}$/);
/** Above every position: positions begin with a year. */
const newest = '\uffff';

export const handler = apiHandler('ListTenants', async ({ query }) => {
  const { status, tier, limit, cursor } = Query.parse(query);
  const before = cursor ? decodeCursor(cursor, ListPosition) : newest;
  const pages = await Promise.all(partitionsOf(status, tier).map((partition) => positions(partition, before, limit + 1)));
  const sorted = pages.flat().sort((one, other) => (one.listPosition < other.listPosition ? 1 : -1));
  // While a tenant changes its status, an index may show it in both partitions.
  const distinct = sorted.filter(({ listPosition }, place) => listPosition !== sorted[place - 1]?.listPosition);
  const wanted = distinct.slice(0, limit);
  const found = new Map((await heads(wanted.map(({ pk }) => ({ pk, sk: 'TENANT' })))).map((head) => [tenantKey(head.tenantId).pk, head]));
  const body: TenantPage = {
    tenants: wanted.flatMap(({ pk }) => {
      const head = found.get(pk);
      // The index may be a moment late: a tenant that has moved on is not what was asked for.
      return head && (!status || head.status === status) ? [z.object(TenantSummary.shape).parse(head)] : [];
    }),
    ...(distinct.length > limit ? { nextCursor: encodeCursor(wanted.at(-1)?.listPosition as string) } : {}),
  };
  return { body };
});
