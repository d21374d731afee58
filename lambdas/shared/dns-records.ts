import {
  type Change,
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  type ListResourceRecordSetsCommandOutput,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { route53 } from './clients.ts';
import { Conflict } from './errors.ts';
import type { TenantDomain } from './tenant-domain.ts';

/*
 * A tenant's records in the hosted zone: its name, what proves to ACM that the name is ours, and whose they are. An alias may have no other record beside it,
 * so whose it is stands below the name.
 */

const timeToLiveSeconds = 300;
const ownerNameOf = (hostName: string) => `_tenantry.${hostName}`;
const ownerValueOf = (tenantId: string) => `"tenant=${tenantId}"`;

export interface DnsRecord {
  /** Without the dot at its end. */
  readonly name: string;
  readonly type: 'CNAME' | 'TXT';
  readonly value: string;
}

const withoutDot = (name = '') => name.replace(/\.$/, '');
const textOf = ({ ResourceRecords = [] }: ResourceRecordSet) => withoutDot(ResourceRecords.map(({ Value }) => Value).join());
const isSame = (set: ResourceRecordSet, { name, type, value }: DnsRecord) =>
  withoutDot(set.Name) === name && set.Type === type && textOf(set) === withoutDot(value);

/** All that is at a name and below it. They stand together, because Route 53 sorts by the labels in reverse. */
async function recordsAt({ hostedZoneId }: TenantDomain, hostName: string): Promise<ResourceRecordSet[]> {
  const found: ResourceRecordSet[] = [];
  let next: Pick<ListResourceRecordSetsCommandOutput, 'NextRecordName' | 'NextRecordType' | 'NextRecordIdentifier'> | undefined = {
    NextRecordName: hostName,
  };
  while (next) {
    const page: ListResourceRecordSetsCommandOutput = await route53().send(
      new ListResourceRecordSetsCommand({
        HostedZoneId: hostedZoneId,
        StartRecordName: next.NextRecordName,
        StartRecordType: next.NextRecordType,
        StartRecordIdentifier: next.NextRecordIdentifier,
      }),
    );
    const sets = page.ResourceRecordSets ?? [];
    const own = sets.filter(({ Name }) => withoutDot(Name) === hostName || withoutDot(Name).endsWith(`.${hostName}`));
    found.push(...own);
    next = page.IsTruncated && own.length === sets.length ? page : undefined;
  }
  return found;
}

const isOwned = (sets: readonly ResourceRecordSet[], hostName: string, tenantId: string) =>
  sets.some((set) => isSame(set, { name: ownerNameOf(hostName), type: 'TXT', value: ownerValueOf(tenantId) }));

/**
 * @returns what is at the tenant's name and below it; nothing is another's
 * @throws Conflict when the name is taken
 */
export async function tenantRecordsAt(domain: TenantDomain, hostName: string, tenantId: string): Promise<ResourceRecordSet[]> {
  const sets = await recordsAt(domain, hostName);
  if (sets.length > 0 && !isOwned(sets, hostName, tenantId))
    throw new Conflict("There are records at the tenant's name that are not the tenant's.");
  return sets;
}

const change = ({ hostedZoneId }: TenantDomain, Changes: Change[]) =>
  route53().send(new ChangeResourceRecordSetsCommand({ HostedZoneId: hostedZoneId, ChangeBatch: { Changes } }));

/** A batch does not fit what there is by now: https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html */
const isOutOfDate = (error: unknown) => error instanceof Error && error.name === 'InvalidChangeBatch';

/**
 * Puts what is missing of the tenant's records, all in one batch: who sees one of them sees whose they are. What was not there is created and never put over what has come there since.
 * @throws Conflict when the name has been taken since
 */
export async function putTenantRecords(
  domain: TenantDomain,
  { hostName, tenantId, validation }: { readonly hostName: string; readonly tenantId: string; readonly validation: DnsRecord },
  present: readonly ResourceRecordSet[],
): Promise<void> {
  const wanted: DnsRecord[] = [
    { name: ownerNameOf(hostName), type: 'TXT', value: ownerValueOf(tenantId) },
    { name: hostName, type: 'CNAME', value: domain.target },
    validation,
  ];
  const areIn = (sets: readonly ResourceRecordSet[]) => wanted.every((record) => sets.some((set) => isSame(set, record)));
  if (areIn(present)) return;
  const wasThere = ({ name, type }: DnsRecord) => present.some((set) => withoutDot(set.Name) === name && set.Type === type);
  try {
    await change(
      domain,
      wanted.map((record) => ({
        Action: wasThere(record) ? 'UPSERT' : 'CREATE',
        ResourceRecordSet: { Name: record.name, Type: record.type, TTL: timeToLiveSeconds, ResourceRecords: [{ Value: record.value }] },
      })),
    );
  } catch (error) {
    // Another attempt at the step may have put the same.
    if (!isOutOfDate(error) || !areIn(await tenantRecordsAt(domain, hostName, tenantId))) throw error;
  }
}

/** Takes the tenant's records away, all in one batch; what is another's, or is not there, is left as it is. */
export async function deleteTenantRecords(domain: TenantDomain, hostName: string, tenantId: string): Promise<void> {
  const sets = await recordsAt(domain, hostName);
  if (!isOwned(sets, hostName, tenantId)) return;
  await change(
    domain,
    sets.map((set) => ({ Action: 'DELETE', ResourceRecordSet: set })),
  );
}
