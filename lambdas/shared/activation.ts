import type { ActivationCondition } from '../../catalog/catalog.ts';
import type { Actor } from '../../contracts/tenant.ts';
import type { AuditEntry } from './audit.ts';
import type { Decision } from './commit.ts';
import { transition } from './lifecycle.ts';
import { runtime } from './runtime.ts';
import { type Tenant, unfinishedPartition } from './tenants.ts';

/** What meeting a condition comes to: the tenant as it is then, the fields to write, and the event that says so. */
interface Met {
  readonly moved: Tenant;
  readonly tenant: NonNullable<Decision<unknown>['tenant']>;
  readonly entry: AuditEntry;
}

/** How a condition came to be met. */
interface Meeting {
  readonly condition: ActivationCondition;
  readonly actor: Actor;
  /** The audit event's type. */
  readonly type: string;
  readonly now: string;
  /** Until when the signup is kept for its other conditions; as before unless said. */
  readonly expiresAt?: string;
  /** What else the audit event tells. */
  readonly data?: AuditEntry['data'];
  /** Further fields of the head that change with it. */
  readonly changes?: NonNullable<Decision<unknown>['tenant']>;
}

/**
 * Meets a condition of a PENDING tenant. When it was the last one, the tenant goes to PROVISIONING in the same transaction, and start-onboarding.ts, woken by the changed record,
 * starts the workflow. Nothing is written here: the caller commits what is returned.
 */
export function meet(tenant: Tenant, { condition, actor, type, now, expiresAt, data = {}, changes = {} }: Meeting): Met {
  const met = {
    ...tenant,
    ...changes,
    ...(expiresAt ? { expiresAt } : {}),
    conditionsMet: { ...tenant.conditionsMet, [condition]: now },
  } as Tenant;
  const { conditionsMet } = met;
  const complete = met.activationConditions?.every((each) => conditionsMet[each]);
  const moved = complete
    ? {
        ...transition(met, 'PROVISIONING', 'conditions-met', actor.kind, now),
        activationConditions: undefined,
        expiresAt: undefined,
        unfinishedPartition: unfinishedPartition(tenant.tenantId),
        run: { runId: `onboard-${runtime.newId()}`, generation: 1, startedAt: now },
      }
    : undefined;
  return {
    moved: { ...met, ...moved } as Tenant,
    tenant: { ...changes, ...(expiresAt ? { expiresAt } : {}), conditionsMet, ...moved },
    entry: {
      type,
      actor,
      ...(moved ? { runId: moved.run.runId, generation: moved.run.generation } : {}),
      data: { ...data, ...(moved ? { from: tenant.status, to: moved.status, trigger: 'conditions-met' } : {}) },
    },
  };
}
