import { setTimeout as pause } from 'node:timers/promises';
import type { Finding } from '../contracts/findings.ts';
import { problemType } from '../contracts/problem.ts';
import type { RedriveAccepted } from '../contracts/tenant.ts';
import type { Context } from './context.ts';
import { CommandFailure, exitCodes } from './failure.ts';
import { allFindings } from './findings.ts';

/* All runs that failed at one step, which go on one after the other when its cause is mended. */

/** What became of one of them. `left`: it goes on already, or has nothing left to do. */
export type RedriveOutcome = { readonly tenantId: string } & (
  | { readonly outcome: 'redriven'; readonly accepted: RedriveAccepted }
  | { readonly outcome: 'left' | 'refused'; readonly reason: string }
);

type FindingOfTenant = Finding & { readonly tenantId: string };

/** @returns the open findings of runs that failed at the step since an instant, the one that has waited for the longest first */
export async function failedRuns(context: Context, step: string, since: string): Promise<FindingOfTenant[]> {
  const found = await allFindings(context, { kind: 'RunFailed', step, state: 'open' });
  return found.filter((finding): finding is FindingOfTenant => finding.tenantId !== undefined && finding.openedAt >= since).reverse();
}

async function redriveOne(context: Context, tenantId: string, body: { reason: string; newGeneration: boolean }): Promise<RedriveOutcome> {
  try {
    return { tenantId, outcome: 'redriven', accepted: await context.call('RedriveTenant', { path: { tenantId }, body }) };
  } catch (error) {
    // Not signed in any more, or nobody there: it would be the same for all that follow.
    if (!(error instanceof CommandFailure) || error.exitCode !== exitCodes.refused) throw error;
    return { tenantId, outcome: error.problem?.type === problemType('not-redrivable') ? 'left' : 'refused', reason: error.message };
  }
}

/** Has runs go on in their order, at most so many a minute, and tells what became of each. */
export async function* redriveEach(
  context: Context,
  tenantIds: readonly string[],
  body: { readonly reason: string; readonly newGeneration: boolean },
  perMinute: number,
): AsyncGenerator<RedriveOutcome> {
  for (const [place, tenantId] of tenantIds.entries()) {
    if (place > 0) await pause(60_000 / perMinute);
    yield await redriveOne(context, tenantId, body);
  }
}
