import { AbandonTenant } from '../../contracts/routes.ts';
import type { AbandonAccepted, TenantStatus } from '../../contracts/tenant.ts';
import { apiHandler, Refusal } from '../shared/api.ts';
import { commit } from '../shared/commit.ts';
import { environment } from '../shared/environment.ts';
import { UnknownTenant } from '../shared/errors.ts';
import { startExecution, workflowOf } from '../shared/executions.ts';
import { transition } from '../shared/lifecycle.ts';
import { runtime } from '../shared/runtime.ts';
import { readSignup } from '../shared/signup-rows.ts';
import { readTenant, signupKey, type Tenant, unfinishedPartition } from '../shared/tenants.ts';

/*
 * Gives an unfinished onboarding up. One transaction moves the tenant to ABANDONED and gives it a run of its own, so that the steps of its onboarding are refused from then on and its
 * Idempotency-Key says so; then the workflow starts that undoes what was made. Asked again, it starts nothing twice. Should it end between the two, the unfinished run is found from outside
 * and started.
 */

const unfinished: readonly TenantStatus[] = ['PENDING', 'PROVISIONING'];
type Run = NonNullable<Tenant['run']>;

/** @returns the run that undoes it, if the tenant is abandoned already */
const abandonedBy = ({ status, run }: Tenant) => (status === 'ABANDONED' && run && workflowOf(run) === 'abandon' ? run : undefined);

async function abandon(tenantId: string, staffId: string, reason: string): Promise<Run> {
  const found = await readTenant(tenantId);
  if (!found) throw new UnknownTenant('There is no such tenant.');
  const { signupKeyHash } = found;
  const signup = await readSignup(signupKeyHash);
  const runId = `abandon-${runtime.newId()}`;
  return commit<Run>({ tenantId }, ({ tenant, now }) => {
    const earlier = abandonedBy(tenant);
    if (earlier) return { answer: earlier };
    if (!unfinished.includes(tenant.status))
      throw new Refusal('not-abandonable', `The tenant is ${tenant.status}: only what is PENDING or PROVISIONING can be abandoned.`);
    const undoes = tenant.run && { runId: tenant.run.runId, generation: tenant.run.generation };
    const run: Run = { runId, generation: 1, startedAt: now, ...(undoes ? { undoes } : {}) };
    return {
      answer: run,
      tenant: {
        ...transition(tenant, 'ABANDONED', 'abandoned', 'staff', now),
        expiresAt: undefined,
        unfinishedPartition: unfinishedPartition(tenantId),
        run,
      },
      entry: {
        type: 'Abandoned',
        actor: { kind: 'staff', id: staffId },
        reason,
        runId,
        generation: 1,
        data: { from: tenant.status, to: 'ABANDONED', trigger: 'abandoned', ...(undoes ? { undoes } : {}) },
      },
      alongside: signup
        ? [
            {
              Put: {
                TableName: environment('TENANTS_TABLE'),
                Item: { ...signupKey(signupKeyHash), ...signup, abandonedAt: now },
                ConditionExpression: 'tenantId = :tenantId',
                ExpressionAttributeValues: { ':tenantId': tenantId },
              },
            },
          ]
        : [],
    };
  });
}

export const handler = apiHandler(AbandonTenant, async ({ path, body, staffId }) => {
  const tenantId = path['tenantId'] as string;
  const run = await abandon(tenantId, staffId, (body as { reason: string }).reason);
  await startExecution(environment('ABANDON_TENANT_ARN'), tenantId, run);
  const answer: AbandonAccepted = { tenantId, status: 'ABANDONED', runId: run.runId, generation: run.generation };
  return { body: answer };
});
