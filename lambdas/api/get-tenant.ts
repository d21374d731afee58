import { GetTenant } from '../../contracts/routes.ts';
import type { StepName } from '../../contracts/steps.ts';
import type { StepDetail, TenantDetail } from '../../contracts/tenant.ts';
import { apiHandler } from '../shared/api.ts';
import { billingOf } from '../shared/billing-state.ts';
import { expectedDurationSeconds } from '../shared/catalog.ts';
import { type Failure, UnknownTenant } from '../shared/errors.ts';
import { stepsOfRun } from '../shared/runs.ts';
import { staffAction } from '../shared/staff-actions.ts';
import { readTenantWithSteps, type StepRecord, type Tenant } from '../shared/tenants.ts';

/* Shows staff a tenant with each step of its current run: attempts, redrives, and after a failure its class and what was refused. */

function stepOf(tenant: Tenant, name: StepName, record: StepRecord | undefined): StepDetail {
  const common = { step: name, expectedDurationSeconds: expectedDurationSeconds(tenant.tier, name) };
  if (!record) return { ...common, state: 'WAITING', attempt: 0, redriveCount: 0 };
  const { state, attempt, redriveCount, startedAt, endedAt, failure } = record;
  return {
    ...common,
    state,
    attempt,
    redriveCount,
    ...(state === 'WAITING' ? {} : { startedAt }),
    ...(endedAt ? { endedAt } : {}),
    ...(failure ? { failure: forStaff(tenant.tenantId, failure) } : {}),
  };
}

/** Staff are told what staff do; what is recorded is for the customer. */
const forStaff = (tenantId: string, failure: Failure): Failure => ({
  ...failure,
  nextAction: staffAction(failure.class).replaceAll('<tenantId>', tenantId),
});

const runOf = ({ runId, generation, startedAt }: NonNullable<Tenant['run']>) => ({ runId, generation, startedAt });

export const handler = apiHandler(GetTenant, async ({ path }) => {
  const found = await readTenantWithSteps(path['tenantId'] as string);
  if (!found) throw new UnknownTenant('There is no such tenant.');
  const { tenant, steps } = found;
  const billing = billingOf(tenant);
  const body: TenantDetail = {
    tenantId: tenant.tenantId,
    slug: tenant.slug,
    tier: tenant.tier,
    tierVersion: tenant.tierVersion,
    region: tenant.region,
    status: tenant.status,
    revision: tenant.revision,
    signedUpAt: tenant.signedUpAt,
    statusChangedAt: tenant.statusChangedAt,
    termsVersion: tenant.termsVersion,
    ...(tenant.expiresAt ? { expiresAt: tenant.expiresAt } : {}),
    ...(tenant.run ? { run: runOf(tenant.run) } : {}),
    ...(tenant.silo ? { siloTemplateVersion: tenant.silo.templateVersion } : {}),
    ...(tenant.hostName ? { hostName: tenant.hostName } : {}),
    ...(tenant.administratorUsername ? { administratorUsername: tenant.administratorUsername } : {}),
    ...(billing ? { billing } : {}),
    ...(tenant.notUndone ? { notUndone: [...tenant.notUndone] } : {}),
    steps: stepsOfRun(tenant).map((name) =>
      stepOf(
        tenant,
        name,
        steps.find(({ step }) => step === name),
      ),
    ),
  };
  return { body };
});
