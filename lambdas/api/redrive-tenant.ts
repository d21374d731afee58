import { DescribeExecutionCommand, ExecutionDoesNotExist, ExecutionNotRedrivable, RedriveExecutionCommand } from '@aws-sdk/client-sfn';
import type { RedriveAccepted, TenantStatus } from '../../contracts/tenant.ts';
import { apiHandler, Refusal } from '../shared/api.ts';
import { stepFunctions } from '../shared/clients.ts';
import { commit } from '../shared/commit.ts';
import { UnknownTenant } from '../shared/errors.ts';
import { executionArn, executionName } from '../shared/executions.ts';
import { readTenantWithSteps } from '../shared/tenants.ts';

/*
 * Goes on from the failed step: RedriveExecution, as the Step Functions console does it, with who and why in the tenant's audit chain. The event is
 * written first, so that no redrive of ours is without its event; the client token makes a repeated request one redrive.
 */

/** Where a tenant is while its onboarding may still have steps to do; elsewhere each step would be refused. */
const onboarding: readonly TenantStatus[] = ['PROVISIONING', 'ACTIVE'];

async function describe(arn: string) {
  try {
    return await stepFunctions().send(new DescribeExecutionCommand({ executionArn: arn }));
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist)
      throw new Refusal(
        'not-redrivable',
        'The execution of the run does not exist: it has not been started yet, or is older than 90 days.',
      );
    throw error;
  }
}

export const handler = apiHandler('RedriveTenant', async ({ path, body, staffId }) => {
  const tenantId = path['tenantId'] as string;
  const { reason } = body as { reason: string };
  const found = await readTenantWithSteps(tenantId);
  if (!found) throw new UnknownTenant('There is no such tenant.');
  const { run } = found.tenant;
  if (!run) throw new Refusal('not-redrivable', `The tenant is ${found.tenant.status} and has no run yet: there is nothing to redrive.`);
  if (!onboarding.includes(found.tenant.status))
    throw new Refusal('not-redrivable', `The tenant is ${found.tenant.status}: its onboarding does not go on.`);
  const arn = executionArn(run);
  const { redriveStatus, redriveStatusReason, redriveCount = 0, status } = await describe(arn);
  if (redriveStatus !== 'REDRIVABLE')
    throw new Refusal(
      'not-redrivable',
      status === 'RUNNING'
        ? 'The run is in progress. Wait until it has ended.'
        : `The run cannot be redriven: ${redriveStatusReason ?? `it is ${status}`}.`,
    );
  const failed = found.steps.find(({ state }) => state === 'FAILED' || state === 'RUNNING')?.step;
  await commit({ tenantId }, () => ({
    answer: undefined,
    entry: {
      type: 'RedriveRequested',
      actor: { kind: 'staff', id: staffId },
      reason,
      runId: run.runId,
      generation: run.generation,
      ...(failed ? { step: failed } : {}),
      data: { redriveCount: redriveCount + 1 },
    },
  }));
  try {
    await stepFunctions().send(
      new RedriveExecutionCommand({ executionArn: arn, clientToken: `${executionName(run)}-${redriveCount + 1}` }),
    );
  } catch (error) {
    if (error instanceof ExecutionNotRedrivable) throw new Refusal('not-redrivable', 'Somebody else has just redriven the run.');
    throw error;
  }
  const answer: RedriveAccepted = {
    tenantId,
    runId: run.runId,
    generation: run.generation,
    redriveCount: redriveCount + 1,
    ...(failed ? { step: failed } : {}),
  };
  return { body: answer };
});
