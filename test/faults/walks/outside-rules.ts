import type { Finding } from '../../../contracts/findings.ts';
import type { AuditEvent } from '../../../contracts/tenant.ts';
import { expectedDurationSeconds, stepsOf } from '../../../lambdas/shared/catalog.ts';
import { executionName } from '../../../lambdas/shared/executions.ts';
import type { OnboardingPause } from '../../../lambdas/shared/onboarding-pause.ts';
import type { Execution } from '../../../local/step-functions/execution.ts';
import type { Snapshot } from './snapshots.ts';

const ends = ['RunFailed', 'RunTimedOut', 'RunAborted', 'RunLost'];
/** How an execution ends that has not succeeded. */
export const badEnds = ['FAILED', 'TIMED_OUT', 'ABORTED'];
const minute = 60_000;

/** A step that is not late yet is not asked about, as lambdas/shared/run-review.ts says: four times what it should take, and three minutes at least. */
const allowedMilliseconds = (tier: string) =>
  1_000 * Math.max(180, ...stepsOf(tier).map((step) => 4 * expectedDurationSeconds(tier, step)));

/** Whoever has seen that onboarding goes on may start a run for so long: two calls, each under way and held for as long as a walk has it. */
const startMilliseconds = 3 * minute;

const unless = (holds: boolean, otherwise: string): string[] => (holds ? [] : [otherwise]);

/**
 * A finding is opened and closed in turns, and a bad end is found once: nobody is alerted twice for one cause.
 * @param timesEnded how often an execution has ended badly, by its name
 */
export function doubledFindings(events: readonly AuditEvent[], timesEnded: (execution: string) => number): string[] {
  const told = events.filter(({ type }) => type === 'FindingOpened' || type === 'FindingClosed');
  const byFinding = Map.groupBy(told, ({ data }) => String(data['findingId']));
  const inTurns = [...byFinding.values()].flatMap((ofOne) =>
    ofOne.flatMap(({ type, data }, place) =>
      unless(type === (place % 2 === 0 ? 'FindingOpened' : 'FindingClosed'), `Its finding ${data['kind']} was told twice: ${type}.`),
    ),
  );
  const ofEnds = told.filter(({ type, data }) => type === 'FindingOpened' && ends.slice(0, 3).includes(String(data['kind'])));
  const byRun = Map.groupBy(ofEnds, ({ runId = '', generation = 0 }) => executionName({ runId, generation }));
  const once = [...byRun].flatMap(([execution, opened]) =>
    unless(
      opened.length <= timesEnded(execution),
      `${execution} ended badly ${timesEnded(execution)} times, and that was found ${opened.length} times.`,
    ),
  );
  return [...inTurns, ...once];
}

/** @returns what a sweep that has begun at a time must have found of a tenant, or closed, and has not */
export function notSwept(
  { tenant, steps, findings }: Snapshot,
  execution: Execution | undefined,
  changedAt: number,
  beganAt: number,
): string[] {
  const open = findings.filter((finding): finding is Finding => !finding.closedAt && ends.includes(finding.kind));
  if (tenant.unfinishedPartition === undefined)
    return unless(
      open.length === 0 || changedAt >= beganAt,
      `Its run is finished, and ${open.map(({ kind }) => kind)} is open after a sweep.`,
    );
  if (!execution || !badEnds.includes(execution.status)) return [];
  // A function that its execution gave up may write later.
  const movedAt = Math.max(execution.stopDate ?? 0, ...steps.map(({ startedAt, endedAt }) => Date.parse(endedAt ?? startedAt)));
  if (movedAt + allowedMilliseconds(tenant.tier) >= beganAt) return [];
  return unless(
    open.some(({ generation }) => generation === tenant.run?.generation),
    `Its execution ended ${execution.status} (${execution.error}) long before a sweep, and nothing was found.`,
  );
}

/** @returns why a run that nobody had started must not begin now */
export function startedInPause({ tenant }: Snapshot, pause: OnboardingPause | undefined, now: number): string[] {
  if (!pause || pause.probe === tenant.tenantId || (pause.step && !stepsOf(tenant.tier).includes(pause.step))) return [];
  return unless(
    Date.parse(pause.pausedAt) + startMilliseconds > now,
    `Its onboarding was begun while onboarding is paused: ${pause.reason}`,
  );
}
