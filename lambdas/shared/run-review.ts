import type { DescribeExecutionCommandOutput } from '@aws-sdk/client-sfn';
import type { FindingKind } from '../../contracts/findings.ts';
import type { StepName } from '../../contracts/steps.ts';
import type { Actor } from '../../contracts/tenant.ts';
import { afterFailure, takeProbe } from './breaker.ts';
import { expectedDurationSeconds } from './catalog.ts';
import { explain } from './errors.ts';
import { describeExecution, executionOf, machineOf, startExecution, workflowOf } from './executions.ts';
import { countFailure } from './failure-streaks.ts';
import { closeFinding, findingIdOf, findingsOf, raiseFinding, type Sighting } from './findings.ts';
import { logger } from './logger.ts';
import { holdsRun, isHalfOpen, readPause } from './onboarding-pause.ts';
import { type BadEnd, failureFromOutside, kindOfEnd, recordFromOutside } from './run-end.ts';
import { stepsOfRun } from './runs.ts';
import { instant, runtime } from './runtime.ts';
import { staffAction } from './staff-actions.ts';
import { readTenantWithSteps, type StepRecord, type Tenant } from './tenants.ts';

/*
 * Looks at a tenant's run from outside, and sets its findings right: opens those that hold, closes those that no longer do. It reads everything anew, so that it does not matter how often
 * it is asked, in which order, and by whom: an event of Step Functions' or the sweep.
 */

/** The kinds of findings that are this module's to open and close. */
export const runKinds: ReadonlySet<FindingKind> = new Set([
  'RunFailed',
  'RunTimedOut',
  'RunAborted',
  'RunLost',
  'RunNotStarted',
  'StepLate',
]);

/** Those that say that an execution carries the run no more. */
const ends: ReadonlySet<FindingKind> = new Set(['RunFailed', 'RunTimedOut', 'RunAborted', 'RunLost']);

/** A step that takes this many times as long as it should is late; but not before it would have been cut off (30 s) and tried again, which after a throttle is up to two minutes later. */
const late = { factor: 4, fewestSeconds: 180 };
/** StartOnboarding takes a second or two, and is not to be overtaken. */
const startSeconds = 60;

/** Who looks, and what it was told that DescribeExecution may not know yet: it is eventually consistent. */
export interface Review {
  readonly actor: Actor;
  readonly told?: { readonly executionArn: string; readonly status: string; readonly redriveCount: number; readonly error?: string };
  /** Called before each DescribeExecution, whose rate is limited. */
  readonly pace?: () => Promise<void>;
}

type Run = NonNullable<Tenant['run']>;
type Found = Pick<Sighting, 'kind' | 'step' | 'reason' | 'nextAction' | 'record'> & {
  /** Whether it says something of the step, and not of the tenant or of who stopped it. */
  readonly counts?: boolean;
};
type Execution = Pick<DescribeExecutionCommandOutput, 'status' | 'error'> & { readonly redriveCount: number };

const sinceSeconds = (at: string) => (runtime.now().getTime() - Date.parse(at)) / 1_000;

async function describe(run: Run, { told, pace }: Review): Promise<Execution | undefined> {
  await pace?.();
  const found = await describeExecution(executionOf(run));
  if (!found) return undefined;
  const { status, error, redriveCount = 0 } = found;
  const behind = told?.executionArn === executionOf(run) && status === 'RUNNING' && told.redriveCount === redriveCount;
  return behind ? { status: told.status as Execution['status'], error: told.error, redriveCount } : { status, error, redriveCount };
}

/** The step that the run is at, how long it may take, and since when. */
function placeOf({ tier, run }: Tenant & { run: Run }, steps: readonly StepRecord[]) {
  const recordOf = (name: StepName) => steps.find(({ step }) => step === name);
  const step = stepsOfRun({ tier, run }).find((name) => recordOf(name)?.state !== 'SUCCEEDED');
  const record = step && recordOf(step);
  const latest = steps.map(({ endedAt }) => endedAt ?? '').reduce((one, other) => (one > other ? one : other), run.startedAt);
  const allowedSeconds = step ? Math.max(late.fewestSeconds, late.factor * expectedDurationSeconds(tier, step)) : late.fewestSeconds;
  return { step, record, since: record?.endedAt ?? record?.startedAt ?? latest, allowedSeconds };
}
type Place = ReturnType<typeof placeOf>;

function ofEnd(tenant: Tenant & { run: Run }, { step, record }: Place, { status, error, redriveCount }: Execution): Found {
  const end = status as BadEnd;
  const failure = record?.state === 'FAILED' && record.failure ? record.failure : failureFromOutside(end, error);
  const at = step ? `${step}: ` : '';
  const from = failure.operation ? ` from ${failure.operation}` : '';
  return {
    kind: kindOfEnd[end],
    step,
    reason: `${at}${failure.reason} (${failure.error}${from})`,
    // What a customer has sent would else pause everybody's onboarding.
    counts: end !== 'ABORTED' && failure.class !== 'needs input' && workflowOf(tenant.run) === 'onboard',
    ...(end === 'FAILED' ? { nextAction: staffAction(failure.class) } : {}),
    ...(step ? { record: ({ step: seen, now }) => recordFromOutside(tenant.run, step, seen, { failure, redriveCount, now }) } : {}),
  };
}

const ofLost = (tenant: Tenant & { run: Run }, { step }: Place, reason: string): Found => ({
  kind: 'RunLost',
  step,
  reason,
  ...(step
    ? {
        record: ({ step: seen, now }) =>
          recordFromOutside(tenant.run, step, seen, {
            failure: failureFromOutside('FAILED', 'ExecutionLost'),
            now,
          }),
      }
    : {}),
});

/** There is no execution: one that never was is started, which its name makes safe; one that has been and is gone is for people to decide. */
async function startOrReport(
  tenant: Tenant & { run: Run },
  steps: readonly StepRecord[],
  place: Place,
  { actor }: Review,
): Promise<Found | undefined> {
  if (steps.some(({ generation, attempt }) => generation === tenant.run.generation && attempt > 0))
    return ofLost(tenant, place, 'The execution that carried the run is gone.');
  if (place.since === tenant.run.startedAt && sinceSeconds(tenant.run.startedAt) < startSeconds) return undefined;
  const pause = await readPause();
  // A run that waits for onboarding to go on is not late; but one may try.
  if (holdsRun(pause, tenant) && !(isHalfOpen(pause) && (await takeProbe(tenant.tenantId, actor)))) return undefined;
  try {
    await startExecution(machineOf(tenant.run), tenant.tenantId, tenant.run);
    logger.warn('A run that nobody had started is started.', { tenantId: tenant.tenantId });
    return undefined;
  } catch (error) {
    const { error: errorName, operation } = explain(error);
    logger.error('A run could not be started.', { tenantId: tenant.tenantId, errorName, operation });
    return { kind: 'RunNotStarted', step: place.step, reason: `The execution could not be started (${errorName}).` };
  }
}

/** @returns what is wrong with an unfinished run, or undefined when it moves */
async function diagnose(tenant: Tenant & { run: Run }, steps: readonly StepRecord[], review: Review): Promise<Found | undefined> {
  const place = placeOf(tenant, steps);
  const { step, record, since, allowedSeconds } = place;
  const moves = record?.state !== 'FAILED' && sinceSeconds(since) <= allowedSeconds;
  // Unless an event says otherwise, what moved a moment ago still moves: most runs cost no call.
  if (moves && !review.told && (steps.length > 0 || sinceSeconds(since) < startSeconds)) return undefined;
  const execution = await describe(tenant.run, review);
  if (!execution) return startOrReport(tenant, steps, place, review);
  if (execution.status === 'SUCCEEDED') return ofLost(tenant, place, `The execution has succeeded, and ${step ?? 'the run'} is not done.`);
  if (execution.status && execution.status in kindOfEnd) return ofEnd(tenant, place, execution);
  if (sinceSeconds(since) <= allowedSeconds) return undefined;
  return {
    kind: 'StepLate',
    step,
    reason: `${step ?? 'The end of the run'} has taken longer than ${allowedSeconds} seconds, and its execution still runs.`,
  };
}

const isUnfinished = (tenant: Tenant): tenant is Tenant & { run: Run } =>
  tenant.run !== undefined && tenant.unfinishedPartition !== undefined;

/** @returns the id of the finding that the tenant's run has now, if any; its other findings of runs are closed */
export async function reviewRun(tenantId: string, review: Review): Promise<string | undefined> {
  const at = instant();
  const found = await readTenantWithSteps(tenantId);
  if (!found) return undefined;
  const { tenant, steps } = found;
  const wrong = isUnfinished(tenant) ? await diagnose(tenant, steps, review) : undefined;
  const run = tenant.run ? { runId: tenant.run.runId, generation: tenant.run.generation } : {};
  // A run may have been finished while it was looked at.
  if (wrong?.kind === 'RunLost' && !(await stillUnfinished(tenantId, tenant))) return reviewRun(tenantId, review);
  const holds = wrong ? findingIdOf({ tenantId, ...run, ...wrong }) : undefined;
  for (const open of await findingsOf(tenantId)) {
    if (open.closedAt || !runKinds.has(open.kind) || open.findingId === holds) continue;
    await closeFinding(open, { actor: review.actor, reason: isUnfinished(tenant) ? 'The run goes on.' : 'The run is finished.', at });
  }
  if (!wrong) return undefined;
  const { counts, ...sighting } = wrong;
  const { step } = wrong;
  await raiseFinding({
    tenantId,
    ...run,
    ...sighting,
    actor: review.actor,
    at,
    ...(counts && step ? { alongside: () => countFailure(step, tenantId, at) } : {}),
  });
  if (ends.has(wrong.kind)) await afterFailure(tenantId, step, review.actor);
  return holds;
}

async function stillUnfinished(tenantId: string, { run, chain }: Tenant): Promise<boolean> {
  const now = (await readTenantWithSteps(tenantId))?.tenant;
  return now !== undefined && isUnfinished(now) && now.run.generation === run?.generation && now.chain.seq === chain.seq;
}
