import { randomUUID } from 'node:crypto';
import type { TenantBilling } from '../../../../contracts/billing.ts';
import type { Finding } from '../../../../contracts/findings.ts';
import type { SignupAccepted, SignupStatus } from '../../../../contracts/signup.ts';
import { onboardSteps, type StepName, type StepState } from '../../../../contracts/steps.ts';
import type { AuditEvent, TenantDetail, TenantStatus, TenantSummary } from '../../../../contracts/tenant.ts';

/** A token of the form that status URLs have. */
export const token = 'A'.repeat(43);
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString();

export const signupAccepted = (apiUrl: string, tenantId: string = randomUUID()): SignupAccepted => ({
  tenantId,
  status: 'PENDING',
  statusUrl: `${apiUrl}/signups/${tenantId}?token=${token}`,
  statusUrlExpiresAt: at(59),
  next: [{ action: 'confirm-email', description: 'Open the link in the mail.', before: at(58) }],
});

/** A signup whose steps are in the given states, the others waiting. */
export function signupStatus(tenantId: string, status: TenantStatus, states: Partial<Record<StepName, StepState>> = {}): SignupStatus {
  const failure = { reason: 'A limit of our platform has been reached.', nextAction: 'Nothing: our operators raise it.' };
  return {
    tenantId,
    status,
    since: at(1),
    expectedDurationSeconds: status === 'ACTIVE' ? 0 : 12,
    steps: onboardSteps.map((step, place) => {
      const state = states[step] ?? 'WAITING';
      const common = {
        step,
        label: step.replace(/(?<!^)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
        state,
        expectedDurationSeconds: 2,
      };
      if (state === 'WAITING') return { ...common, attempt: 0 };
      return { ...common, attempt: 1, since: at(place + 2), ...(state === 'FAILED' ? { failure } : {}) };
    }),
    next: [{ action: 'wait', description: 'Your tenant is being set up.' }],
  };
}

export const tenantSummary = (slug: string): TenantSummary => ({
  tenantId: randomUUID(),
  slug,
  tier: 'starter',
  region: 'eu-central-1',
  status: 'ACTIVE',
  revision: 3,
  signedUpAt: at(0),
  statusChangedAt: at(9),
});

/** What a tenant pays that is as it should be. */
export const billed: TenantBilling = {
  ...{ customerId: 'cus_1', paymentIntentId: 'pi_1', amountMinorUnits: 4_900, currency: 'eur' },
  ...{ payment: 'PAID', paidAt: '2026-01-01T12:00:00.000Z', subscriptionId: 'sub_1' },
};

/** A tenant whose run failed at CreateAdminUser. */
export function failedTenant(): TenantDetail {
  const failedPlace = onboardSteps.indexOf('CreateAdminUser');
  return {
    ...tenantSummary('example'),
    status: 'PROVISIONING',
    tierVersion: 1,
    termsVersion: '2026-01',
    run: { runId: `onboard-${randomUUID()}`, generation: 1, startedAt: at(1) },
    steps: onboardSteps.map((step, place) => {
      const common = { step, redriveCount: 0, expectedDurationSeconds: 2 };
      if (place > failedPlace) return { ...common, state: 'WAITING', attempt: 0 };
      const times = { attempt: 1, startedAt: at(place), endedAt: at(place + 1) };
      if (place < failedPlace) return { ...common, ...times, state: 'SUCCEEDED' };
      const failure = {
        class: 'quota' as const,
        reason: 'A limit of our platform has been reached.',
        nextAction: 'Raise the limit.',
        error: 'LimitExceededException',
        operation: 'CognitoIdentityProvider.AdminCreateUser',
      };
      return { ...common, ...times, state: 'FAILED', attempt: 4, failure };
    }),
  };
}

/** A finding that is open: the tenant's run failed at CreateAdminUser. */
export const findingOf = (tenantId: string, changes: Partial<Finding> = {}): Finding => ({
  findingId: '0'.repeat(32),
  kind: 'RunFailed',
  tenantId,
  runId: `onboard-${randomUUID()}`,
  generation: 1,
  step: 'CreateAdminUser',
  openedAt: at(9),
  lastSeenAt: at(9),
  reason: 'CreateAdminUser: A limit of our platform has been reached. (LimitExceededException)',
  nextAction: `Raise the limit in Service Quotas. Then: tenantry redrive ${tenantId} --reason '…'`,
  article: 'docs/runbook.md#runfailed',
  ...changes,
});

/** The events of a chain from one number to another. */
export function auditEvents(tenantId: string, from: number, to: number): AuditEvent[] {
  return Array.from({ length: to - from + 1 }, (_, place) => ({
    tenantId,
    seq: from + place,
    version: 1,
    type: 'StepSucceeded',
    at: at((from + place) % 60),
    actor: { kind: 'step', id: 'PlanTenant' },
    step: 'PlanTenant',
    attempt: 1,
    revision: 2,
    data: {},
    prevHash: '0'.repeat(64),
    hash: '1'.repeat(64),
  }));
}
