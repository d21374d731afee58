import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { act, type Compared, lookAtCustomer, lookAtTenant, recheckFindings } from '../shared/billing-check.ts';
import { dueRound, type Page, pageAt, readRound, saveRound } from '../shared/billing-round.ts';
import { explain } from '../shared/errors.ts';
import { logger } from '../shared/logger.ts';
import { runtime } from '../shared/runtime.ts';

/*
 * Compares every tenant that is charged with the payment provider, and every customer there with our tenants, on a schedule: mends what is safe, and opens findings for the rest. First it looks at the open
 * findings again, and closes those that no longer hold. Then it goes on with the round where the run before stopped, until its time is used. Repeating changes nothing; what one run leaves, the next finds.
 */

/** The function's timeout (lib/pipeline-stack.ts) leaves one more page to end after it. */
const budgetMilliseconds = 180_000;
/** Findings may take this share of it, so that the round goes on however many are open. */
const findingsShare = 0.5;

const actor = { kind: 'schedule', id: 'ReconcileBilling' } as const;

/** What a run came to. */
interface Run {
  tenants: number;
  customers: number;
  mended: number;
  found: number;
  closed: number;
  failed: number;
  roundFinished: boolean;
}

/** Looks at one thing. What fails for it alone keeps nobody else waiting; a provider that is away ends the run. */
async function settle(run: Run, look: () => Promise<Compared>): Promise<void> {
  try {
    const { mended, found } = await act(await look(), actor);
    run.mended += mended;
    run.found += found;
  } catch (error) {
    const { class: failureClass, error: errorName, operation } = explain(error);
    logger.error('A comparison of billing failed.', { class: failureClass, errorName, operation });
    if (failureClass === 'retry' || failureClass === 'quota') throw error;
    run.failed += 1;
  }
}

async function takePage(run: Run, page: Page): Promise<void> {
  if (page.side === 'tenants') {
    for (const tenantId of page.tenantIds) {
      run.tenants += 1;
      logger.appendKeys({ tenantId });
      await settle(run, () => lookAtTenant(tenantId));
    }
    return;
  }
  for (const customer of page.customers) {
    run.customers += 1;
    logger.appendKeys({ tenantId: customer.tenantId });
    await settle(run, () => lookAtCustomer(customer));
  }
}

export const handler = middy<unknown, Run>()
  .use(injectLambdaContext(logger, { resetKeys: true }))
  .handler(async (_event: unknown, _context: Context) => {
    const startedAt = runtime.now().getTime();
    const spent = () => (runtime.now().getTime() - startedAt) / budgetMilliseconds;
    const run: Run = { tenants: 0, customers: 0, mended: 0, found: 0, closed: 0, failed: 0, roundFinished: false };
    run.closed = await recheckFindings(actor, () => spent() < findingsShare);
    for (let round = dueRound(await readRound()); round && spent() < 1; ) {
      const page = await pageAt(round.place);
      await takePage(run, page);
      const saved = await saveRound(round, page.next);
      run.roundFinished = saved !== undefined && page.next === undefined;
      // Finished, or another run has gone on with it.
      round = saved?.place && dueRound(saved);
    }
    logger.resetKeys();
    logger.info('Billing is compared with the payment provider.', { ...run });
    // The invocation fails, so that its alarm tells someone; what was done stays done.
    if (run.failed > 0) throw new Error(`${run.failed} comparisons failed; see the log.`);
    return run;
  });
