import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { act, type Compared, closeIfOver, lookAtCustomer, lookAtTenant } from '../shared/billing-check.ts';
import { type Page, pageAt, type Subject } from '../shared/billing-pages.ts';
import { askToSettle } from '../shared/billing-queue.ts';
import { dueRound, type OpenRound, type RoundName, saveRound } from '../shared/billing-round.ts';
import { explain } from '../shared/errors.ts';
import { logger } from '../shared/logger.ts';
import { runtime } from '../shared/runtime.ts';

/*
 * Compares every tenant that is charged with the payment provider, and every customer there with our tenants, on a schedule: mends what is safe, and opens findings for the rest. First it looks at the open
 * findings again, and closes those that no longer hold. Both go on where the run before stopped, until their time is used. Repeating changes nothing; what one run leaves, the next finds.
 */

/** The function's timeout (lib/pipeline-stack.ts) leaves one more comparison to end after it, with each of its calls to the provider as slow as it may be. */
const budgetMilliseconds = 180_000;
/** Of the budget, so that the accounts go on however many findings are open. */
const findingsShare = 0.5;
/** As many comparisons in a row that fail mean that the provider is away or refuses us, and not that one thing there is broken. */
const awayAfter = 3;

const actor = { kind: 'schedule', id: 'ReconcileBilling' } as const;

/** What a run came to. */
interface Run {
  tenants: number;
  customers: number;
  mended: number;
  found: number;
  closed: number;
  failed: number;
  failedInRow: number;
  roundFinished: boolean;
}

async function compared(run: Run, look: () => Promise<Compared>): Promise<void> {
  const { mended, found } = await act(await look(), { actor, settle: askToSettle });
  run.mended += mended.length;
  run.found += found;
}

function take(run: Run, subject: Subject): Promise<void> {
  if (subject.side === 'tenants') {
    run.tenants += 1;
    return compared(run, () => lookAtTenant(subject.tenantId));
  }
  if (subject.side === 'customers') {
    run.customers += 1;
    return compared(run, () => lookAtCustomer(subject.customer, { inRound: true }));
  }
  return closeIfOver(subject.finding, actor).then((closed) => {
    run.closed += closed ? 1 : 0;
  });
}

/**
 * Looks at a page. What fails for one thing alone keeps nothing else waiting.
 * @returns where the round stands then: behind the page, or behind what was looked at before the run had to end
 * @throws when the provider is away: what was asked of it meanwhile is asked again
 */
async function takePage(run: Run, { subjects, next }: Page, goOn: () => boolean) {
  for (const [index, subject] of subjects.entries()) {
    try {
      logger.appendKeys({ tenantId: subject.tenantId });
      await take(run, subject);
      run.failedInRow = 0;
    } catch (error) {
      const { class: failureClass, error: errorName, operation } = explain(error);
      logger.error('A comparison of billing failed.', { class: failureClass, errorName, operation });
      run.failed += 1;
      run.failedInRow += 1;
      if (run.failedInRow >= awayAfter && failureClass === 'retry') throw error;
    }
    if (index < subjects.length - 1 && !goOn()) return subject.place;
  }
  return next;
}

/** Goes on with a round, page by page. @returns whether it was finished by this run */
async function go(run: Run, name: RoundName, goOn: () => boolean): Promise<boolean> {
  let round: OpenRound | undefined = await dueRound(name);
  // What is refused each time is passed over, three of a round in a run, so that it cannot keep all that is behind it from being compared.
  if (run.failedInRow >= awayAfter) run.failedInRow = 0;
  while (round && goOn() && run.failedInRow < awayAfter) {
    const place = await takePage(run, await pageAt(round.place), () => goOn() && run.failedInRow < awayAfter);
    if (!place) return (await saveRound(round, place)) !== undefined;
    // None when another run has gone on with it.
    round = await saveRound(round, place);
  }
  return false;
}

export const handler = middy<unknown, Run>()
  .use(injectLambdaContext(logger, { resetKeys: true }))
  .handler(async (_event: unknown, _context: Context) => {
    const startedAt = runtime.now().getTime();
    const spent = () => (runtime.now().getTime() - startedAt) / budgetMilliseconds;
    const run: Run = { tenants: 0, customers: 0, mended: 0, found: 0, closed: 0, failed: 0, failedInRow: 0, roundFinished: false };
    await go(run, 'findings', () => spent() < findingsShare);
    run.roundFinished = await go(run, 'accounts', () => spent() < 1);
    logger.resetKeys();
    logger.info('Billing is compared with the payment provider.', { ...run });
    // The invocation fails, so that its alarm tells someone; what was done stays done.
    if (run.failed > 0) throw new Error(`${run.failed} comparisons failed; see the log.`);
    return run;
  });
