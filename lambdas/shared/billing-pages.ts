import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Finding } from '../../contracts/findings.ts';
import { billingFindingKinds, chargedStatuses } from './billing-comparison.ts';
import type { Place } from './billing-round.ts';
import { catalog } from './catalog.ts';
import { dynamodb } from './clients.ts';
import { environment } from './environment.ts';
import { ProviderError } from './errors.ts';
import { findingShards, kindPartition } from './findings.ts';
import { PaymentSecretNotSet } from './payment-secret.ts';
import { type ProviderCustomer, paymentProvider } from './payments.ts';
import { listShards, tierPartition } from './tenants.ts';

/** One thing to be looked at, and where a round stands once it was. */
export type Subject = { readonly place: Place } & (
  | { readonly side: 'findings'; readonly tenantId: string | undefined; readonly finding: Finding }
  | { readonly side: 'tenants'; readonly tenantId: string }
  | { readonly side: 'customers'; readonly tenantId: string; readonly customer: ProviderCustomer }
);

/** A page of a round, and where the next one begins; none after the last. */
export interface Page {
  readonly subjects: readonly Subject[];
  readonly next: Place | undefined;
}

/** Below every position in the indexes: positions begin with a year. */
const first = '0';
const perPage = 25;
const shardsOf = (count: number) => Array.from({ length: count }, (_, shard) => shard);

/** Every partition of ByTier that has tenants who are charged. A tier that has left the catalog is not among them; its customers are looked at. */
const tenantPartitions = () =>
  catalog()
    .tiers.filter(({ price }) => price)
    .flatMap(({ tier }) => chargedStatuses.map((status) => ({ tier, status })))
    .flatMap(({ tier, status }) => shardsOf(listShards).map((shard) => tierPartition(tier, status, shard)));

/** Every partition of ByKind that has open findings of billing. */
const findingPartitions = () =>
  billingFindingKinds.flatMap((kind) => shardsOf(findingShards).map((shard) => kindPartition(kind, 'open', shard)));

/** An index in the order of its partitions. */
interface Listing {
  readonly table: string;
  readonly index: string;
  readonly attribute: string;
  readonly partitions: readonly string[];
}

/** @returns the items of the page at a place, and the place after them in this listing */
async function indexPage({ table, index, attribute, partitions }: Listing, { side, partition, after = first }: Place) {
  // A partition that is not known any more: this side begins anew.
  const at = Math.max(0, partitions.indexOf(partition ?? ''));
  const current = partitions[at];
  if (!current) return { items: [], next: undefined };
  const { Items = [], LastEvaluatedKey } = await dynamodb().send(
    new QueryCommand({
      TableName: table,
      IndexName: index,
      KeyConditionExpression: '#partition = :partition AND listPosition > :after',
      ExpressionAttributeNames: { '#partition': attribute },
      ExpressionAttributeValues: { ':partition': current, ':after': current === partition ? after : first },
      Limit: perPage,
    }),
  );
  const placeOf = (item: Record<string, unknown>): Place => ({ side, partition: current, after: String(item['listPosition']) });
  const following = partitions[at + 1];
  const nextPartition: Place | undefined = following ? { side, partition: following } : undefined;
  return {
    items: Items.map((item) => ({ item, place: placeOf(item) })),
    next: LastEvaluatedKey ? placeOf(LastEvaluatedKey) : nextPartition,
  };
}

async function findingsAt(place: Place): Promise<Page> {
  const table = environment('FINDINGS_TABLE');
  const listing = { table, index: 'ByKind', attribute: 'kindPartition', partitions: findingPartitions() };
  const { items, next } = await indexPage(listing, place);
  const subjects = items.map(({ item, place: at }): Subject => {
    const finding = item as unknown as Finding;
    return { side: 'findings', tenantId: finding.tenantId, finding, place: at };
  });
  return { subjects, next };
}

async function tenantsAt(place: Place): Promise<Page> {
  const table = environment('TENANTS_TABLE');
  const listing = { table, index: 'ByTier', attribute: 'tierPartition', partitions: tenantPartitions() };
  const { items, next = { side: 'customers' } } = await indexPage(listing, place);
  const idOf = ({ pk }: Record<string, unknown>) => String(pk).replace(/^TENANT#/, '');
  return { subjects: items.map(({ item, place: at }) => ({ side: 'tenants', tenantId: idOf(item), place: at })), next };
}

/** @returns undefined in a deployment that takes no payments yet: nobody can be its customer. A tenant that is charged there is compared all the same, and fails. */
const providerIfSet = () =>
  paymentProvider().catch((error: unknown) => {
    if (error instanceof PaymentSecretNotSet) return undefined;
    throw error;
  });

async function customersAt({ side, after }: Place): Promise<Page> {
  const provider = await providerIfSet();
  if (!provider) return { subjects: [], next: undefined };
  const { customers, next } = await provider.customersAfter(after).catch((error: unknown) => {
    // The customer that was looked at last was deleted since: the provider knows no place after it, and this side begins anew.
    if (after && error instanceof ProviderError && error.failureClass === 'bug') return provider.customersAfter(undefined);
    throw error;
  });
  return {
    subjects: customers.map((customer) => ({
      side: 'customers',
      tenantId: customer.tenantId,
      customer,
      place: { side, after: customer.customerId },
    })),
    next: next ? { side, after: next } : undefined,
  };
}

const pages = { findings: findingsAt, tenants: tenantsAt, customers: customersAt };

/** @returns the page at a place */
export const pageAt = (place: Place): Promise<Page> => pages[place.side](place);
