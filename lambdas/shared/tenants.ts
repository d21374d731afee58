import { createHash } from 'node:crypto';
import { GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { ActivationCondition } from '../../catalog/catalog.ts';
import type { CorrectedField } from '../../contracts/retry.ts';
import { StepName, type StepState } from '../../contracts/steps.ts';
import type { TenantStatus, TenantSummary } from '../../contracts/tenant.ts';
import { dynamodb } from './clients.ts';
import { environment } from './environment.ts';
import type { Failure } from './errors.ts';

/** What a tenant has of its own, as the stack that made it said. */
export interface Silo {
  readonly stackId: string;
  /** Of the Silo template; see lib/silo-template.ts. */
  readonly templateVersion: string;
  readonly tableName: string;
  readonly bucketName: string;
  readonly keyId: string;
  readonly userPoolId: string;
  readonly probeClientId: string;
  readonly roleArn: string;
}

/**
 * The head of a tenant: what is true of it now. No personal data: people are in the people store, under `administratorId`. Every commit writes it, so what can be derived, and what was
 * true only once, is not in it: up to 1,024 bytes are one write unit, and a pooled tenant's is held below that by a test.
 */
export interface Tenant extends TenantSummary {
  readonly tierVersion: number;
  /** Accepted with the signup, as the first audit event says. */
  readonly termsVersion: string;
  readonly administratorId: string;
  /** What a PENDING signup waits for; gone once it is provisioned. */
  readonly activationConditions?: readonly ActivationCondition[];
  /** When each condition was met. */
  readonly conditionsMet: Partial<Record<ActivationCondition, string>>;
  /** When a PENDING signup expires; gone once it is provisioned. */
  readonly expiresAt?: string;
  /** Which Idempotency-Key made it; the signup's secrets are derived from it, see signup-secrets.ts. */
  readonly signupKeyHash: string;
  readonly readerTokenHash: string;
  readonly confirmationTokenHash: string;
  readonly run?: {
    readonly runId: string;
    readonly generation: number;
    readonly startedAt: string;
    /** The highest redrive of this generation that was asked for here, so that it has one event however many ask at once. */
    readonly redriveRequested?: number;
    /** What was corrected as this generation began. */
    readonly corrected?: readonly CorrectedField[];
    /** The run that this one undoes. */
    readonly undoes?: { readonly runId: string; readonly generation: number };
  };
  /** Its partition in the index of unfinished runs: there from the transition that makes the run until the commit of its last step. */
  readonly unfinishedPartition?: string;
  /** Of an abandoned tenant: what could not be undone, and why. */
  readonly notUndone?: readonly string[];
  /** What the tenant pays before it is provisioned; only of tiers with a price. */
  readonly payment?: TenantPayment;
  /** The subscription that the provider bills month by month. */
  readonly subscriptionId?: string;
  /** The cell in which the tenant has a place for its silo; see cells.ts. Absent for tenants that share everything. */
  readonly cell?: string;
  /** Absent for tenants that share everything. */
  readonly silo?: Silo;
  /** Under which a tenant with a silo is reached, and the certificate of that name; absent where the deployment gives tenants no names. */
  readonly hostName?: string;
  readonly certificateArn?: string;
  readonly administratorUsername?: string;
  /** Slugs that were corrected, whose names may still be there, and users of addresses that were: until the step that made them has taken them away. */
  readonly formerSlugs?: readonly string[];
  readonly formerUsernames?: readonly string[];
  /** The end of the audit chain. Each write of the head moves it on, so it is the fence of every commit. */
  readonly chain: { readonly seq: number; readonly hash: string };
}

/** A payment as its tenant's head knows it: the provider's ids and what came of it. Nothing with which anybody could pay. */
export interface TenantPayment {
  readonly customerId: string;
  readonly paymentIntentId: string;
  /** In the currency's minor unit (cents). */
  readonly amountMinorUnits: number;
  readonly currency: string;
  /** Why the last attempt did not succeed, for the customer. */
  readonly failure?: { readonly reason: string; readonly at: string };
  /** The provider's events that changed something, the latest last, so that a repeated one changes nothing. */
  readonly eventIds: readonly string[];
}

/** Marks, among the events of a payment, that it was paid back. */
export const refundMark = (paymentIntentId: string) => `refund-${paymentIntentId}`;

/** What is known of a step of a run. */
export interface StepRecord {
  readonly step: StepName;
  readonly runId: string;
  readonly generation: number;
  /** WAITING: it was done, and is to be done again, because what it rested on was corrected. */
  readonly state: StepState;
  /** Grows with each start; an end is written only for the attempt that started last. */
  readonly attempt: number;
  readonly redriveCount: number;
  readonly retryCount: number;
  readonly startedAt: string;
  readonly endedAt?: string;
  /** What the step is about to do outside the tables, said before it does it. */
  readonly intent?: Record<string, string>;
  readonly result?: Record<string, unknown>;
  readonly failure?: Failure;
}

const table = () => environment('TENANTS_TABLE');

const tenantKey = (tenantId: string) => ({ pk: `TENANT#${tenantId}`, sk: 'TENANT' });
export const stepKey = (tenantId: string, runId: string, step: StepName) => ({ pk: `TENANT#${tenantId}`, sk: `STEP#${runId}#${step}` });
export const slugKey = (slug: string) => ({ pk: `SLUG#${slug}`, sk: 'SLUG' });
export const signupKey = (signupKeyHash: string) => ({ pk: `SIGNUP#${signupKeyHash}`, sk: 'SIGNUP' });
export const cellKey = (cell: string) => ({ pk: `CELL#${cell}`, sk: 'CELL' });
/** Marks that a redrive which CloudTrail told of is in the audit trail. */
export const redriveMarkKey = (tenantId: string, eventId: string) => ({ pk: `TENANT#${tenantId}`, sk: `REDRIVE#${eventId}` });
export const mailKey = (tenantId: string, mail: 'confirmation') => ({ pk: `TENANT#${tenantId}`, sk: `MAIL#${mail}` });

/** 4 shards: a partition of an index takes 1,000 writes a second, and each change of status writes it twice. */
export const listShards = 4;
const shardOf = (tenantId: string) => (createHash('sha256').update(tenantId).digest()[0] as number) % listShards;
export const statusPartition = (status: TenantStatus, shard: number) => `${status}#${shard}`;
export const tierPartition = (tier: string, status: TenantStatus, shard: number) => `${tier}#${status}#${shard}`;

export const unfinishedPartition = (tenantId: string) => String(shardOf(tenantId));

/** The item of a head: itself, its key, and its places in the lists. */
export function tenantItem(tenant: Tenant) {
  const shard = shardOf(tenant.tenantId);
  return {
    ...tenantKey(tenant.tenantId),
    ...tenant,
    statusPartition: statusPartition(tenant.status, shard),
    tierPartition: tierPartition(tenant.tier, tenant.status, shard),
    listPosition: `${tenant.signedUpAt}#${tenant.tenantId}`,
  };
}

/** @returns the head of a tenant as it is now (strongly consistent), or undefined */
export async function readTenant(tenantId: string): Promise<Tenant | undefined> {
  const { Item } = await dynamodb().send(new GetCommand({ TableName: table(), Key: tenantKey(tenantId), ConsistentRead: true }));
  return Item as Tenant | undefined;
}

/** @returns the record of a step of a run (strongly consistent), or undefined while it has not started */
export async function readStep(tenantId: string, runId: string, step: StepName): Promise<StepRecord | undefined> {
  const { Item } = await dynamodb().send(new GetCommand({ TableName: table(), Key: stepKey(tenantId, runId, step), ConsistentRead: true }));
  return Item as StepRecord | undefined;
}

/** @returns a tenant and the records of its current run's steps, in the workflow's order */
export async function readTenantWithSteps(tenantId: string): Promise<{ tenant: Tenant; steps: StepRecord[] } | undefined> {
  const items: Record<string, unknown>[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await dynamodb().send(
      new QueryCommand({
        TableName: table(),
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': tenantKey(tenantId).pk },
        ExclusiveStartKey,
      }),
    );
    items.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  const tenant = items.find(({ sk }) => sk === 'TENANT') as Tenant | undefined;
  if (!tenant) return undefined;
  const prefix = `STEP#${tenant.run?.runId}#`;
  const steps = items.filter(({ sk }) => String(sk).startsWith(prefix)) as unknown as StepRecord[];
  return { tenant, steps: StepName.options.flatMap((name) => steps.filter(({ step }) => step === name)) };
}
