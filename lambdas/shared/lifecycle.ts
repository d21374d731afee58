import type { Actor, TenantStatus } from '../../contracts/tenant.ts';
import { NotAllowed } from './errors.ts';
import type { Tenant } from './tenants.ts';

type ActorKind = Actor['kind'];

/** What moves a tenant from one status to the next. */
export type Trigger =
  | 'conditions-met'
  | 'signup-expired'
  | 'abandoned'
  | 'smoke-tests-passed'
  | 'suspended'
  | 'reactivated'
  | 'offboarding-requested'
  | 'erased';

interface Transition {
  readonly from: TenantStatus;
  readonly to: TenantStatus;
  readonly trigger: Trigger;
  readonly actors: readonly ActorKind[];
  /** @returns why the transition is refused now, or undefined when it may happen */
  readonly guard?: (tenant: Tenant, now: string) => string | undefined;
}

const conditionsMet = (tenant: Tenant, now: string) => {
  if (!tenant.activationConditions) return 'it does not say what it waits for';
  const missing = tenant.activationConditions.filter((condition) => !tenant.conditionsMet[condition]);
  if (missing.length > 0) return `it still waits for: ${missing.join(', ')}`;
  return tenant.expiresAt && tenant.expiresAt <= now ? 'the signup has expired' : undefined;
};
const runExists = (tenant: Tenant) => (tenant.run ? undefined : 'it has no run');
const pastExpiry = (tenant: Tenant, now: string) => (tenant.expiresAt && tenant.expiresAt <= now ? undefined : 'it has not expired yet');

/** Every transition of a tenant's life. A pair that is not here is illegal. */
export const transitions: readonly Transition[] = [
  {
    from: 'PENDING',
    to: 'PROVISIONING',
    trigger: 'conditions-met',
    actors: ['customer', 'staff', 'schedule', 'provider'],
    guard: conditionsMet,
  },
  { from: 'PENDING', to: 'EXPIRED', trigger: 'signup-expired', actors: ['schedule'], guard: pastExpiry },
  { from: 'PENDING', to: 'ABANDONED', trigger: 'abandoned', actors: ['staff', 'customer'] },
  { from: 'PROVISIONING', to: 'ACTIVE', trigger: 'smoke-tests-passed', actors: ['step'], guard: runExists },
  { from: 'PROVISIONING', to: 'ABANDONED', trigger: 'abandoned', actors: ['staff'] },
  { from: 'ACTIVE', to: 'SUSPENDED', trigger: 'suspended', actors: ['staff', 'step', 'schedule'] },
  { from: 'SUSPENDED', to: 'ACTIVE', trigger: 'reactivated', actors: ['staff', 'step'] },
  { from: 'ACTIVE', to: 'DEPROVISIONING', trigger: 'offboarding-requested', actors: ['staff', 'customer', 'schedule'] },
  { from: 'SUSPENDED', to: 'DEPROVISIONING', trigger: 'offboarding-requested', actors: ['staff', 'customer', 'schedule'] },
  { from: 'DEPROVISIONING', to: 'DEPROVISIONED', trigger: 'erased', actors: ['step'] },
];

/**
 * Moves a tenant on. Nothing is written here: the caller commits what is returned, with its audit event, in one transaction.
 * @returns the fields of the tenant that change
 * @throws NotAllowed when the pair is illegal, the trigger or the actor is not the table's, or the guard refuses
 */
export function transition(tenant: Tenant, to: TenantStatus, trigger: Trigger, actor: ActorKind, now: string) {
  const legal = transitions.find((candidate) => candidate.from === tenant.status && candidate.to === to && candidate.trigger === trigger);
  if (!legal) throw new NotAllowed(`A tenant does not go from ${tenant.status} to ${to} by "${trigger}".`);
  if (!legal.actors.includes(actor)) throw new NotAllowed(`A ${actor} may not move a tenant from ${tenant.status} to ${to}.`);
  const refusal = legal.guard?.(tenant, now);
  if (refusal) throw new NotAllowed(`The tenant stays ${tenant.status}: ${refusal}.`);
  return { status: to, revision: tenant.revision + 1, statusChangedAt: now };
}
