import { environment } from '../shared/environment.ts';
import { startExecution } from '../shared/executions.ts';
import { holdsRun, readPause } from '../shared/onboarding-pause.ts';
import { reactionHandler } from '../shared/stream.ts';
import { readTenant } from '../shared/tenants.ts';

/*
 * Starts the workflow of a tenant that has become PROVISIONING. The execution is named by its run, so a repeated record starts nothing twice. While onboarding
 * pauses, the run is left to the sweep, which starts it when onboarding goes on.
 */
export const handler = reactionHandler(async (tenantId) => {
  const tenant = await readTenant(tenantId);
  if (tenant?.status !== 'PROVISIONING' || !tenant.run || holdsRun(await readPause(), tenant)) return;
  await startExecution(environment('ONBOARD_TENANT_ARN'), tenantId, tenant.run);
});
