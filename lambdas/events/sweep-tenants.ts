import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { type FindingKind, findingKinds } from '../../contracts/findings.ts';
import type { Actor } from '../../contracts/tenant.ts';
import { reviewPause, reviewProbe } from '../shared/breaker.ts';
import { dynamodb } from '../shared/clients.ts';
import { environment } from '../shared/environment.ts';
import { explain } from '../shared/errors.ts';
import { closeFinding, raiseFinding } from '../shared/findings.ts';
import { logger } from '../shared/logger.ts';
import { reviewRun, runKinds } from '../shared/run-review.ts';
import { instant, runtime } from '../shared/runtime.ts';
import { openFindings, readProgress, signedUpBetween, unfinishedTenants, writeProgress } from '../shared/sweep.ts';
import { mailKey, readTenant } from '../shared/tenants.ts';

/*
 * Finds what no event told: runs that do not move, ended without a record, were never started or lost their execution, and signups whose mail was never sent. It closes its findings when they no
 * longer hold, and says in its log how many of each kind are open, of which the alarms are made (lib/watch-findings.ts). What it does not get to, the next sweep begins with.
 */

const actor: Actor = { kind: 'schedule', id: 'SweepTenants' };
/** Of the function's 240 seconds; the rest is for what is under way, and for counting. */
const budgetSeconds = 180;
/** DescribeExecution refills at 10 to 15 a second, for everybody in the account: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const describesPerSecond = 5;
/** A mail is sent within seconds of the signup, and tried again for minutes. */
const mailMinutes = 15;

function pacer() {
  let next = 0;
  return async () => {
    const wait = next - runtime.now().getTime();
    if (wait > 0) await runtime.pause(wait);
    next = Math.max(next, runtime.now().getTime()) + 1_000 / describesPerSecond;
  };
}

/** Whether the signup still waits for a mail that was never sent. */
async function lacksMail(tenantId: string): Promise<boolean> {
  const tenant = await readTenant(tenantId);
  if (tenant?.status !== 'PENDING' || tenant.conditionsMet['email-confirmed']) return false;
  const marker = await dynamodb().send(
    new GetCommand({ TableName: environment('TENANTS_TABLE'), Key: mailKey(tenantId, 'confirmation'), ConsistentRead: true }),
  );
  return !marker.Item;
}

/** One tenant's trouble does not keep the others waiting. */
function guard() {
  let failed = 0;
  return {
    failed: () => failed,
    attempt: async (tenantId: string | undefined, look: () => Promise<unknown>) => {
      try {
        await look();
      } catch (error) {
        failed += 1;
        const { error: errorName, operation } = explain(error);
        logger.error('A tenant could not be looked at.', { tenantId, errorName, operation });
      }
    },
  };
}
type Guard = ReturnType<typeof guard>;

/** @returns the tenants that were looked at */
async function sweepRuns({ attempt }: Guard, pace: () => Promise<void>, deadline: number): Promise<Set<string>> {
  const { unfinished: from, ...progress } = await readProgress();
  const looked = new Set<string>();
  let brokenOff: typeof from;
  for await (const { tenantId, position } of unfinishedTenants(from)) {
    await attempt(tenantId, () => reviewRun(tenantId, { actor, pace }));
    looked.add(tenantId);
    if (runtime.now().getTime() < deadline) continue;
    brokenOff = position;
    break;
  }
  if (from || brokenOff) await writeProgress({ ...progress, unfinished: brokenOff });
  return looked;
}

/** Each signup is asked once, when its mail must have been sent; if one could not be, all of this sweep's are asked again by the next. */
async function sweepMails({ attempt, failed }: Guard): Promise<void> {
  const failedBefore = failed();
  const { mailsUntil = '0', ...progress } = await readProgress();
  const until = instant(new Date(runtime.now().getTime() - mailMinutes * 60_000));
  if (until <= mailsUntil) return;
  for await (const tenantId of signedUpBetween(mailsUntil, until))
    await attempt(tenantId, async () => {
      if (await lacksMail(tenantId))
        await raiseFinding({
          kind: 'ConfirmationNotSent',
          tenantId,
          actor,
          reason: `The mail was not sent within ${mailMinutes} minutes of the signup.`,
        });
    });
  if (failed() === failedBefore) await writeProgress({ ...progress, mailsUntil: until });
}

/** Closes what no longer holds of tenants that have left the indexes. @returns how many findings of each kind are open */
async function sweepFindings(
  { attempt }: Guard,
  looked: ReadonlySet<string>,
  pace: () => Promise<void>,
  deadline: number,
): Promise<Map<FindingKind, number>> {
  const open = new Map((Object.keys(findingKinds) as FindingKind[]).map((kind) => [kind, 0]));
  for await (const finding of openFindings()) {
    const { tenantId, kind } = finding;
    let closed = false;
    const inTime = runtime.now().getTime() < deadline;
    if (inTime && tenantId && runKinds.has(kind) && !looked.has(tenantId))
      await attempt(tenantId, async () => {
        closed = (await reviewRun(tenantId, { actor, pace })) !== finding.findingId;
      });
    if (inTime && tenantId && kind === 'ConfirmationNotSent')
      await attempt(tenantId, async () => {
        if (!(await lacksMail(tenantId)))
          closed = await closeFinding(finding, { actor, reason: 'The mail was sent, or is needed no more.' });
      });
    if (!closed) open.set(kind, (open.get(kind) ?? 0) + 1);
  }
  return open;
}

/** Sets the finding of a pause right; how the run that tries ended is seen here too, should its event be lost. */
async function sweepPause(): Promise<void> {
  const pause = await reviewPause(actor);
  if (pause?.probe) await reviewProbe(pause.probe, actor);
}

export const handler = middy<unknown, { looked: number; open: number }>()
  .use(injectLambdaContext(logger, { resetKeys: true }))
  .handler(async (_event: unknown, _context: Context) => {
    const started = runtime.now().getTime();
    const guarded = guard();
    const pace = pacer();
    const deadline = started + budgetSeconds * 1_000;
    await guarded.attempt(undefined, sweepPause);
    const looked = await sweepRuns(guarded, pace, deadline);
    await sweepMails(guarded);
    const open = await sweepFindings(guarded, looked, pace, deadline);
    for (const [findingKind, openFindings] of open) logger.info('Findings that are open.', { findingKind, openFindings });
    const sweepSeconds = Math.ceil((runtime.now().getTime() - started) / 1_000);
    logger.info('Tenants were swept.', { looked: looked.size, failed: guarded.failed(), sweepSeconds });
    // The invocation fails, so that its alarm tells someone; what was done stays done.
    if (guarded.failed() > 0) throw new Error(`${guarded.failed()} tenants could not be looked at; see the log.`);
    return { looked: looked.size, open: [...open.values()].reduce((sum, count) => sum + count, 0) };
  });
