import { GetSignup } from '../../contracts/routes.ts';
import type { SignupStatus, SignupStep } from '../../contracts/signup.ts';
import type { StepName } from '../../contracts/steps.ts';
import { apiHandler } from '../shared/api.ts';
import { expectedDurationSeconds, stepsOf } from '../shared/catalog.ts';
import { UnknownTenant } from '../shared/errors.ts';
import { nextActions } from '../shared/next-actions.ts';
import { holdsRun, readPause } from '../shared/onboarding-pause.ts';
import { instant } from '../shared/runtime.ts';
import { readerTokenExpiresAt, tokenMatches } from '../shared/signup-secrets.ts';
import { readTenantWithSteps, type StepRecord, type Tenant } from '../shared/tenants.ts';

/* Shows a signup to whoever holds its reader token: each step, its state, since when, and after a failure a reason with the next action. */

/** CreateAdminUser → "Create admin user". */
const labelOf = (step: string) => step.replace(/(?<!^)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

function stepOf(tenant: Tenant, name: StepName, record: StepRecord | undefined): SignupStep {
  const common = { step: name, label: labelOf(name), expectedDurationSeconds: expectedDurationSeconds(tenant.tier, name) };
  if (!record) return { ...common, state: 'WAITING', attempt: 0 };
  const { state, attempt, startedAt, endedAt, failure } = record;
  return {
    ...common,
    state,
    attempt,
    since: endedAt ?? startedAt,
    ...(failure ? { failure: { reason: failure.reason, nextAction: failure.nextAction } } : {}),
  };
}

export const handler = apiHandler(GetSignup, async ({ path, query }) => {
  const found = await readTenantWithSteps(path['tenantId'] as string);
  const valid =
    found &&
    tokenMatches(query['token'] as string, found.tenant.readerTokenHash) &&
    readerTokenExpiresAt(found.tenant.signedUpAt) > instant();
  if (!valid) throw new UnknownTenant('There is no such signup.');
  const { tenant, steps: records } = found;
  // What is done to undo a signup is no concern of whoever signed up.
  const names = tenant.status === 'ABANDONED' ? [] : stepsOf(tenant.tier);
  const steps = names.map((name) =>
    stepOf(
      tenant,
      name,
      records.find(({ step }) => step === name),
    ),
  );
  const open = ['PENDING', 'PROVISIONING', 'ACTIVE'].includes(tenant.status) ? steps.filter(({ state }) => state !== 'SUCCEEDED') : [];
  // Only a run that has not begun can be held: no other status costs a second read.
  const held = tenant.status === 'PROVISIONING' && records.length === 0 && holdsRun(await readPause(), tenant);
  const body: SignupStatus = {
    tenantId: tenant.tenantId,
    status: tenant.status,
    since: tenant.statusChangedAt,
    expectedDurationSeconds: open.reduce((sum, step) => sum + step.expectedDurationSeconds, 0),
    steps,
    next: nextActions(tenant, {
      held,
      failed: steps.some(({ state }) => state === 'FAILED'),
      invited: steps.some(({ step, state }) => step === 'InviteAdministrator' && state === 'SUCCEEDED'),
    }),
  };
  return { body };
});
