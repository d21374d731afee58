import { TransactionCanceledException, TransactionInProgressException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import type { StepName } from '../../contracts/steps.ts';
import { type AuditEntry, chainStart, nextEvent } from './audit.ts';
import { dynamodb } from './clients.ts';
import { environment } from './environment.ts';
import { UnknownTenant } from './errors.ts';
import { instant, runtime } from './runtime.ts';
import { readStep, readTenant, type StepRecord, stepKey, type Tenant, tenantItem } from './tenants.ts';

/** One write of a transaction. */
export type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** What is true of the tenant when the decision is made. */
export interface View {
  readonly tenant: Tenant;
  /** The record of the step that was asked for, if it has started. */
  readonly step: StepRecord | undefined;
  readonly now: string;
}

/** What to write, all of it or nothing; without `entry`, nothing is written. */
export interface Decision<Answer> {
  readonly answer: Answer;
  /** The audit event of the change. */
  readonly entry?: AuditEntry;
  /** The fields of the head that change; `undefined` removes one. */
  readonly tenant?: { readonly [Field in keyof Tenant]?: Tenant[Field] | undefined };
  readonly step?: StepRecord;
  /** Further items that must change with it, each with its own condition. */
  readonly alongside?: readonly Write[];
}

const attempts = 12;
/** Full jitter: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/ */
const pauseMilliseconds = (attempt: number) => runtime.random() * Math.min(1_000, 20 * 2 ** attempt);

/** The transaction lost against another one on the same items; the state may have moved, so the decision is made anew. */
const lostRace = (error: unknown) =>
  error instanceof TransactionInProgressException ||
  (error instanceof TransactionCanceledException &&
    (error.CancellationReasons ?? []).every(({ Code }) => ['None', 'TransactionConflict', 'ConditionalCheckFailed'].includes(Code ?? '')));

/** The head may only follow the one that the decision saw. */
export const follows = (seq: number) => ({
  ConditionExpression: '#chain.#seq = :seq',
  ExpressionAttributeNames: { '#chain': 'chain', '#seq': 'seq' },
  ExpressionAttributeValues: { ':seq': seq },
});

/** An audit event at its place in the chain, where there is none yet. */
export const eventWrite = (event: object): Write => ({
  Put: { TableName: environment('EVENTS_TABLE'), Item: event, ConditionExpression: 'attribute_not_exists(seq)' },
});

/** The record may only follow the one that the decision saw. */
export const stepWrite = (tenantId: string, record: StepRecord, seen: StepRecord | undefined): Write => ({
  Put: {
    TableName: environment('TENANTS_TABLE'),
    Item: { ...stepKey(tenantId, record.runId, record.step), ...record },
    ...(seen
      ? {
          ConditionExpression: 'attempt = :attempt AND #state = :state',
          ExpressionAttributeNames: { '#state': 'state' },
          ExpressionAttributeValues: { ':attempt': seen.attempt, ':state': seen.state },
        }
      : { ConditionExpression: 'attribute_not_exists(pk)' }),
  },
});

/**
 * Writes in one transaction what is decided, until it wins its races: a lost one is decided anew, and every other error is the caller's. Without `writes`, nothing
 * is written.
 */
export async function untilWon<Answer>(
  decide: () => Promise<{ readonly answer: Answer; readonly writes?: readonly Write[] }>,
): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    const { answer, writes } = await decide();
    if (!writes) return answer;
    try {
      await dynamodb().send(new TransactWriteCommand({ TransactItems: [...writes] }));
      return answer;
    } catch (error) {
      if (!lostRace(error) || attempt === attempts) throw error;
      await runtime.pause(pauseMilliseconds(attempt));
    }
  }
}

/**
 * The one way to change a tenant: reads it, lets the caller decide, and writes head, step record and audit event in one transaction that
 * holds only if nothing has moved since. A lost race is decided anew; every other error is the caller's.
 * @throws UnknownTenant when there is no such tenant; whatever `decide` throws
 */
export const commit = <Answer>(
  of: { readonly tenantId: string; readonly step?: { readonly runId: string; readonly name: StepName } },
  decide: (view: View) => Decision<Answer> | Promise<Decision<Answer>>,
): Promise<Answer> =>
  untilWon(async () => {
    const [tenant, step] = await Promise.all([
      readTenant(of.tenantId),
      of.step ? readStep(of.tenantId, of.step.runId, of.step.name) : undefined,
    ]);
    if (!tenant) throw new UnknownTenant('There is no such tenant.');
    const now = instant();
    const decision = await decide({ tenant, step, now });
    if (!decision.entry) return { answer: decision.answer };
    const moved = { ...tenant, ...decision.tenant } as Tenant;
    const event = nextEvent(moved, decision.entry, now);
    return {
      answer: decision.answer,
      writes: [
        {
          Put: {
            TableName: environment('TENANTS_TABLE'),
            Item: tenantItem({ ...moved, chain: { seq: event.seq, hash: event.hash } }),
            ...follows(tenant.chain.seq),
          },
        },
        eventWrite(event),
        ...(decision.step ? [stepWrite(of.tenantId, decision.step, step)] : []),
        ...(decision.alongside ?? []),
      ],
    };
  });

/**
 * Writes a new tenant with its first audit event and whatever must exist with it, in one transaction.
 * @throws TransactionCanceledException with the reasons in the order: tenant, event, then `alongside`
 */
export async function commitNew(tenant: Omit<Tenant, 'chain'>, entry: AuditEntry, alongside: readonly Write[]): Promise<void> {
  const event = nextEvent({ ...tenant, chain: { seq: 0, hash: chainStart } }, entry, tenant.signedUpAt);
  await dynamodb().send(
    new TransactWriteCommand({
      TransactItems: [
        {
          Put: {
            TableName: environment('TENANTS_TABLE'),
            Item: tenantItem({ ...tenant, chain: { seq: event.seq, hash: event.hash } }),
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        },
        eventWrite(event),
        ...alongside,
      ],
    }),
  );
}
