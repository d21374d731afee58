import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { TenantId } from '../../contracts/identifiers.ts';
import type { Actor } from '../../contracts/tenant.ts';
import { afterSuccess } from '../shared/breaker.ts';
import { InvalidInput } from '../shared/errors.ts';
import { workflowOf } from '../shared/executions.ts';
import { logger } from '../shared/logger.ts';
import { reviewRun } from '../shared/run-review.ts';

/*
 * Looks at a tenant's run when Step Functions says that its execution has ended, or goes on after a redrive. The event only wakes: what is true is read, so events that come twice, late or
 * out of order do no harm, and one that never comes is made up for by SweepTenants. https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */

/** What is read of the event; its input is ids only. */
const StatusChange = z.object({
  detail: z.object({
    executionArn: z.string(),
    status: z.string(),
    redriveCount: z._default(z.int().check(z.minimum(0)), 0),
    error: z.nullish(z.string()),
    input: z.string(),
  }),
});
const ExecutionInput = z.object({ tenantId: TenantId });

const actor: Actor = { kind: 'schedule', id: 'ReviewRun' };

export const handler = middy<unknown, void>()
  .use(injectLambdaContext(logger, { resetKeys: true }))
  .handler(async (event: unknown, _context: Context) => {
    const change = StatusChange.safeParse(event);
    const input = change.success ? ExecutionInput.safeParse(JSON.parse(change.data.detail.input)) : undefined;
    if (!change.success || !input?.success) throw new InvalidInput('This is no change of status of an execution of ours.');
    const { executionArn, status, redriveCount, error } = change.data.detail;
    logger.appendKeys({ tenantId: input.data.tenantId });
    const { tenantId } = input.data;
    // A first onboarding that succeeds leaves nothing to find: most events end here, after one read. Giving up finishes what was found of the run that it gives up.
    if (status === 'SUCCEEDED') await afterSuccess(tenantId, actor);
    const execution = executionArn.split(':').at(-1) ?? '';
    if (status === 'SUCCEEDED' && redriveCount === 0 && workflowOf({ runId: execution }) === 'onboard' && execution.endsWith('-1')) return;
    await reviewRun(tenantId, {
      actor,
      told: { executionArn, status, redriveCount, ...(error ? { error } : {}) },
    });
  });
