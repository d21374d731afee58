import { BatchGetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { TenantStatus } from '../../contracts/tenant.ts';
import { dynamodb } from './clients.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { environment } from './environment.ts';
import { runtime } from './runtime.ts';
import { listShards, statusPartition, type Tenant, tierPartition } from './tenants.ts';

/*
 * Lists heads, the newest signup first. Each shard of each wanted partition is asked for one page after the cursor, and the newest of all are answered:
 * the cursor is a position in time, so it holds however many shards there are, and nothing is filtered or scanned.
 */

/** The partitions of one index that hold what is asked for. */
export interface Partitions {
  readonly index: 'ByStatus' | 'ByTier';
  readonly values: readonly string[];
}

const shards = Array.from({ length: listShards }, (_, shard) => shard);

/** @returns the partitions that hold the tenants of these statuses, and of this tier if one is given */
export const partitionsOf = (statuses: readonly TenantStatus[], tier?: string): Partitions => ({
  index: tier ? 'ByTier' : 'ByStatus',
  values: statuses.flatMap((status) => shards.map((shard) => (tier ? tierPartition(tier, status, shard) : statusPartition(status, shard)))),
});

type Position = { readonly listPosition: string; readonly pk: string };

async function positions(index: Partitions['index'], value: string, before: string, limit: number): Promise<Position[]> {
  const { Items } = await dynamodb().send(
    new QueryCommand({
      TableName: environment('TENANTS_TABLE'),
      IndexName: index,
      KeyConditionExpression: '#partition = :partition AND listPosition < :before',
      ExpressionAttributeNames: { '#partition': index === 'ByTier' ? 'tierPartition' : 'statusPartition' },
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
async function headsOf(keys: { pk: string; sk: string }[]): Promise<Map<string, Tenant>> {
  const table = environment('TENANTS_TABLE');
  const found = new Map<string, Tenant>();
  let open = keys;
  while (open.length > 0) {
    const { Responses, UnprocessedKeys } = await dynamodb().send(
      new BatchGetCommand({ RequestItems: { [table]: { Keys: open, ConsistentRead: true } } }),
    );
    for (const head of (Responses?.[table] ?? []) as (Tenant & { pk: string })[]) found.set(head.pk, head);
    open = (UnprocessedKeys?.[table]?.Keys ?? []) as typeof open;
    if (open.length > 0) await runtime.pause(runtime.random() * 100);
  }
  return found;
}

/** As tenants.ts makes them: when it signed up, and its id. */
const ListPosition = z.string().check(z.regex(/^[0-9TZ:.-]{24}#[0-9a-f-]{36}$/));
/** Above every position: positions begin with a year. */
const newest = '\uffff';

/**
 * @returns a page of heads as they are now, and the cursor of the next page if there is one. The index may be a moment late: a head may not be what its partition
 * says any more.
 * @throws Refusal when the cursor is not one of ours
 */
export async function listHeads(
  of: readonly Partitions[],
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<{ heads: Tenant[]; nextCursor?: string }> {
  const before = cursor ? decodeCursor(cursor, ListPosition) : newest;
  const pages = await Promise.all(of.flatMap(({ index, values }) => values.map((value) => positions(index, value, before, limit + 1))));
  const sorted = pages.flat().sort((one, other) => (one.listPosition < other.listPosition ? 1 : -1));
  // While a tenant changes its status, an index may show it in both partitions.
  const distinct = sorted.filter(({ listPosition }, place) => listPosition !== sorted[place - 1]?.listPosition);
  const wanted = distinct.slice(0, limit);
  const found = await headsOf(wanted.map(({ pk }) => ({ pk, sk: 'TENANT' })));
  return {
    heads: wanted.flatMap(({ pk }) => found.get(pk) ?? []),
    ...(distinct.length > limit ? { nextCursor: encodeCursor(wanted.at(-1)?.listPosition as string) } : {}),
  };
}
