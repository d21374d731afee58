import { describe, expect, test } from '@jest/globals';
import { Actor, TenantStatus } from '../../../../contracts/tenant.ts';
import { NotAllowed } from '../../../../lambdas/shared/errors.ts';
import { type Trigger, transition, transitions } from '../../../../lambdas/shared/lifecycle.ts';
import type { Tenant } from '../../../../lambdas/shared/tenants.ts';

const now = '2026-11-20T08:00:00.000Z';
const before = '2026-11-20T07:59:59.999Z';
const after = '2026-11-20T08:00:00.001Z';

/** The life of a tenant, said once more and apart from the product's table: from, to, trigger, and who may. */
const life: [from: TenantStatus, to: TenantStatus, trigger: Trigger, actors: string][] = [
  ['PENDING', 'PROVISIONING', 'conditions-met', 'customer staff schedule provider'],
  ['PENDING', 'EXPIRED', 'signup-expired', 'schedule'],
  ['PENDING', 'ABANDONED', 'abandoned', 'staff customer'],
  ['PROVISIONING', 'ACTIVE', 'smoke-tests-passed', 'step'],
  ['PROVISIONING', 'ABANDONED', 'abandoned', 'staff'],
  ['ACTIVE', 'SUSPENDED', 'suspended', 'staff step schedule'],
  ['SUSPENDED', 'ACTIVE', 'reactivated', 'staff step'],
  ['ACTIVE', 'DEPROVISIONING', 'offboarding-requested', 'staff customer schedule'],
  ['SUSPENDED', 'DEPROVISIONING', 'offboarding-requested', 'staff customer schedule'],
  ['DEPROVISIONING', 'DEPROVISIONED', 'erased', 'step'],
];
const triggers = [...new Set(transitions.map(({ trigger }) => trigger))];

/** A tenant whose guards all let it pass. */
const tenant = (changes: Partial<Tenant>) =>
  ({
    status: 'PENDING',
    revision: 4,
    activationConditions: ['email-confirmed'],
    conditionsMet: { 'email-confirmed': before },
    run: { runId: 'onboard-77777777-7777-4777-8777-777777777777', generation: 1, startedAt: before },
    ...changes,
  }) as Tenant;

describe.each(TenantStatus.options)('a tenant that is %s', (from) => {
  test('goes where the table says, by its trigger and its actors, and nowhere else', () => {
    for (const to of TenantStatus.options)
      for (const trigger of triggers)
        for (const actor of Actor.shape.kind.options) {
          const legal = life.some((row) => row[0] === from && row[1] === to && row[2] === trigger && row[3].split(' ').includes(actor));
          const move = () => transition(tenant({ status: from, ...(to === 'EXPIRED' ? { expiresAt: now } : {}) }), to, trigger, actor, now);
          const said = `${from} to ${to} by ${trigger} of ${actor}`;
          if (legal) expect([said, move()]).toEqual([said, { status: to, revision: 5, statusChangedAt: now }]);
          else expect(move).toThrow(NotAllowed);
        }
  });
});

test('every status is reached, and the last ones are not left', () => {
  expect(TenantStatus.options.filter((status) => status !== 'PENDING' && !life.some((row) => row[1] === status))).toEqual([]);
  for (const end of ['DEPROVISIONED', 'EXPIRED', 'ABANDONED']) expect(transitions.filter(({ from }) => from === end)).toEqual([]);
});

describe('a guard refuses, and says why:', () => {
  test('conditions that are not met', () => {
    const waiting = tenant({ activationConditions: ['email-confirmed', 'paid', 'approved'] });
    expect(() => transition(waiting, 'PROVISIONING', 'conditions-met', 'customer', now)).toThrow(/stays PENDING.*paid, approved/);
  });
  test('conditions that nobody has named', () => {
    const { activationConditions: _, ...without } = tenant({});
    expect(() => transition(without as Tenant, 'PROVISIONING', 'conditions-met', 'customer', now)).toThrow(
      /does not say what it waits for/,
    );
  });
  test('conditions that were met too late, to the millisecond', () => {
    const move = (expiresAt: string) => transition(tenant({ expiresAt }), 'PROVISIONING', 'conditions-met', 'customer', now);
    expect(() => move(now)).toThrow(/expired/);
    expect(() => move(before)).toThrow(/expired/);
    expect(move(after).status).toBe('PROVISIONING');
  });
  test('an expiry before its time', () => {
    const move = (expiresAt?: string) => transition(tenant(expiresAt ? { expiresAt } : {}), 'EXPIRED', 'signup-expired', 'schedule', now);
    expect(() => move(after)).toThrow(/not expired/);
    expect(() => move()).toThrow(/not expired/);
    expect(move(now).status).toBe('EXPIRED');
  });
  test('an activation without a run', () => {
    const { run: _, ...without } = tenant({ status: 'PROVISIONING' });
    expect(() => transition(without as Tenant, 'ACTIVE', 'smoke-tests-passed', 'step', now)).toThrow(/no run/);
  });
});
