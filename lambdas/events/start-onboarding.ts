import { ExecutionAlreadyExists, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { OnboardInput } from '../../contracts/steps.ts';
import { stepFunctions } from '../shared/clients.ts';
import { environment } from '../shared/environment.ts';
import { executionName } from '../shared/executions.ts';
import { reactionHandler } from '../shared/stream.ts';
import { readTenant } from '../shared/tenants.ts';

/* Starts the workflow of a tenant that has become PROVISIONING. The execution is named by its run, so a repeated record starts nothing twice. */
export const handler = reactionHandler(async (tenantId) => {
  const tenant = await readTenant(tenantId);
  if (tenant?.status !== 'PROVISIONING' || !tenant.run) return;
  const { runId, generation } = tenant.run;
  const input: OnboardInput = { tenantId, runId, generation };
  try {
    await stepFunctions().send(
      new StartExecutionCommand({
        stateMachineArn: environment('ONBOARD_TENANT_ARN'),
        name: executionName(tenant.run),
        input: JSON.stringify(input),
      }),
    );
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  }
});
