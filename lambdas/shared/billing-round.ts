import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { chargedStatuses } from './billing-comparison.ts';
import { catalog } from './catalog.ts';
import { dynamodb } from './clients.ts';
import { environment } from './environment.ts';
import { ProviderError } from './errors.ts';
import { type ProviderCustomer, paymentProvider } from './payments.ts';
import { instant } from './runtime.ts';
import { listShards, tierPartition } from './tenants.ts';

/*
 * A round of the reconciler goes once through all tenants that are charged, and then through all customers at the provider, a page at a time. Where it stands is kept, so that a run goes on where the one
 * before stopped, however many there are.
 */

/** Where a round stands: before the first page when nothing else is said. */
interface Place {
  readonly side: 'tenants' | 'customers';
  /** Of the index ByTier. */
  readonly partition?: string;
  /** What the page before ended with: a position in the index, or a customer. */
  readonly after?: string;
}

/** A round as it was read; the version grows with each page. */
export interface Round {
  readonly version: number;
  /** When it began; undefined before the first one. */
  readonly startedAt: string | undefined;
  /** Undefined when it is finished. */
  readonly place: Place | undefined;
}

/** A page of a round: what is to be compared, and where the next one begins; none after the last. */
export type Page = { readonly next: Place | undefined } & (
  | { readonly side: 'tenants'; readonly tenantIds: readonly string[] }
  | { readonly side: 'customers'; readonly customers: readonly ProviderCustomer[] }
);

/** Below every position in the index: positions begin with a year. */
const first = '0';
const tenantsPerPage = 25;
/** The next round begins this long after the one before began, if that one is finished: what was asked for has had its time by then. */
const roundEveryMilliseconds = 6 * 3_600_000;
const key = { pk: 'ROUND#ReconcileBilling', sk: 'ROUND' };

/** Every partition of the index that has tenants who are charged. A tier that has left the catalog is not among them; its customers are. */
const partitions = () =>
  catalog()
    .tiers.filter(({ price }) => price)
    .flatMap(({ tier }) => chargedStatuses.map((status) => ({ tier, status })))
    .flatMap(({ tier, status }) => Array.from({ length: listShards }, (_, shard) => tierPartition(tier, status, shard)));

export async function readRound(): Promise<Round> {
  const { Item } = await dynamodb().send(new GetCommand({ TableName: environment('TENANTS_TABLE'), Key: key, ConsistentRead: true }));
  return { version: 0, startedAt: undefined, place: undefined, ...Item };
}

/** @returns the round to go on with, which may be a new one, or undefined while it is too early for that */
export function dueRound({ version, startedAt, place }: Round): (Round & { readonly place: Place }) | undefined {
  const now = instant();
  if (place) return { version, startedAt, place };
  if (startedAt && Date.parse(now) - Date.parse(startedAt) < roundEveryMilliseconds) return undefined;
  return { version, startedAt: now, place: { side: 'tenants' } };
}

/**
 * Notes where a round stands.
 * @returns the round as it is now, or undefined when another run has gone on with it
 */
export async function saveRound({ version, startedAt }: Round, place: Place | undefined): Promise<Round | undefined> {
  try {
    await dynamodb().send(
      new PutCommand({
        TableName: environment('TENANTS_TABLE'),
        Item: { ...key, version: version + 1, startedAt, ...(place ? { place } : {}) },
        ConditionExpression: 'attribute_not_exists(pk) OR #version = :version',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':version': version },
      }),
    );
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
  return { version: version + 1, startedAt, place };
}

/** @returns the page at a place */
export const pageAt = (place: Place): Promise<Page> => (place.side === 'tenants' ? tenantsAt(place) : customersAt(place));

async function tenantsAt({ partition, after = first }: Place): Promise<Page> {
  const all = partitions();
  // A partition that the catalog does not know any more: the round of the tenants begins anew.
  const place = Math.max(0, all.indexOf(partition ?? ''));
  const current = all[place];
  if (!current) return { side: 'tenants', tenantIds: [], next: { side: 'customers' } };
  const { Items = [], LastEvaluatedKey } = await dynamodb().send(
    new QueryCommand({
      TableName: environment('TENANTS_TABLE'),
      IndexName: 'ByTier',
      KeyConditionExpression: 'tierPartition = :partition AND listPosition > :after',
      ExpressionAttributeValues: { ':partition': current, ':after': current === partition ? after : first },
      Limit: tenantsPerPage,
    }),
  );
  const tenantIds = Items.map(({ pk }) => String(pk).replace(/^TENANT#/, ''));
  if (LastEvaluatedKey)
    return { side: 'tenants', tenantIds, next: { side: 'tenants', partition: current, after: String(LastEvaluatedKey['listPosition']) } };
  const following = all[place + 1];
  return {
    side: 'tenants',
    tenantIds,
    next: following ? { side: 'tenants', partition: following } : { side: 'customers' },
  };
}

async function customersAt({ after }: Place): Promise<Page> {
  const provider = await paymentProvider();
  const page = await provider.customersAfter(after).catch((error: unknown) => {
    // The customer where the page before ended was deleted since: the provider knows no place after it.
    if (after && error instanceof ProviderError && error.failureClass === 'bug') return provider.customersAfter(undefined);
    throw error;
  });
  return { side: 'customers', customers: page.customers, next: page.next ? { side: 'customers', after: page.next } : undefined };
}
