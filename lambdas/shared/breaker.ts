import type { FindingKind } from '../../contracts/findings.ts';
import type { OnboardingState } from '../../contracts/onboarding.ts';
import type { StepName } from '../../contracts/steps.ts';
import type { Actor } from '../../contracts/tenant.ts';
import { catalog } from './catalog.ts';
import { untilWon } from './commit.ts';
import { workflowOf } from './executions.ts';
import { type FailureStreaks, readStreaks, streaksWrite } from './failure-streaks.ts';
import { closeFinding, raiseFinding } from './findings.ts';
import { isHalfOpen, type OnboardingPause, readPause } from './onboarding-pause.ts';
import { commitPlatform } from './platform.ts';
import { instant, runtime } from './runtime.ts';
import { readTenant, readTenantWithSteps } from './tenants.ts';

/*
 * Pauses the onboarding of new tenants when the same step has failed for several in a row, instead of failing hundreds, and lets it go on when a tenant has passed that step. Runs that have begun go on, and so
 * does whatever staff redrive. Why so: docs/decisions/breaker.md.
 */

const finding = { kind: 'OnboardingPaused' } as const satisfies { kind: FindingKind };
const nextProbeAt = () => instant(new Date(runtime.now().getTime() + catalog().onboarding.probeAfterMinutes * 60_000));

/** Sets the finding right by what is so; the sweep repeats it, should it end half-way. */
export async function reviewPause(actor: Actor): Promise<OnboardingPause | undefined> {
  const at = instant();
  const pause = await readPause();
  if (pause) await raiseFinding({ ...finding, actor, at, reason: pause.reason });
  else await closeFinding(finding, { actor, at, reason: 'New tenants are onboarded again.' });
  return pause;
}

/**
 * Pauses onboarding: by hand until it is resumed by hand, or for a step that failed, until a tenant has passed it. A pause by rule does not take the place of another; one by hand takes the place
 * of one by rule.
 */
export async function pauseOnboarding({ actor, reason, step }: { actor: Actor; reason: string; step?: StepName }): Promise<void> {
  await commitPlatform<void>(({ platform: { onboarding: seen }, now }) => {
    if (seen && (step || !seen.step)) return { answer: undefined };
    const onboarding: OnboardingPause = {
      pausedAt: now,
      pausedBy: actor,
      reason,
      ...(step ? { step, probeAt: nextProbeAt() } : {}),
    };
    return { answer: undefined, platform: { onboarding }, entry: { type: 'OnboardingPaused', actor, reason, data: step ? { step } : {} } };
  });
  await reviewPause(actor);
}

/** Has onboarding go on, and begins to count anew. @returns nothing; what is not paused is left as it is */
export async function resumeOnboarding({ actor, reason }: { actor: Actor; reason: string }): Promise<void> {
  await resume({ actor, reason }, () => ({}));
  await reviewPause(actor);
}

/** What stands of the streaks is written with the end of the pause: else the runs that still stand would pause it again. */
async function resume(
  { actor, reason, of }: { readonly actor: Actor; readonly reason: string; readonly of?: OnboardingPause },
  left: (seen: FailureStreaks) => FailureStreaks['steps'],
): Promise<void> {
  await commitPlatform<void>(async ({ platform: { onboarding: seen } }) => {
    if (!seen || (of && seen.pausedAt !== of.pausedAt)) return { answer: undefined };
    const streaks = await readStreaks();
    return {
      answer: undefined,
      platform: { onboarding: undefined },
      entry: { type: 'OnboardingResumed', actor, reason, data: seen.step ? { step: seen.step } : {} },
      alongside: [streaksWrite(streaks, left(streaks))],
    };
  });
}

/** @returns whether this tenant's run is the one that tries, now that one may */
export const takeProbe = (tenantId: string, actor: Actor): Promise<boolean> =>
  commitPlatform<boolean>(({ platform: { onboarding: seen } }) => {
    if (!seen || !isHalfOpen(seen) || seen.probe) return { answer: seen?.probe === tenantId };
    return {
      answer: true,
      platform: { onboarding: { ...seen, probe: tenantId } },
      entry: { type: 'OnboardingProbed', actor, data: { probe: tenantId } },
    };
  });

const probeFailed = (tenantId: string, actor: Actor): Promise<void> =>
  commitPlatform<void>(({ platform: { onboarding: seen } }) => {
    if (seen?.probe !== tenantId) return { answer: undefined };
    const { probe: _ended, ...pause } = seen;
    return {
      answer: undefined,
      platform: { onboarding: { ...pause, probeAt: nextProbeAt() } },
      entry: { type: 'OnboardingProbeFailed', actor, data: { probe: tenantId } },
    };
  });

/** Draws the conclusions from a run that has ended badly: pauses onboarding when its step has failed for too many tenants in a row, or has the next run try later. */
export async function afterFailure(tenantId: string, step: StepName | undefined, actor: Actor): Promise<void> {
  const [pause, streaks] = await Promise.all([readPause(), readStreaks()]);
  if (pause?.probe === tenantId) return probeFailed(tenantId, actor);
  const inARow = step ? (streaks.steps[step]?.tenants.length ?? 0) : 0;
  if (pause || !step || inARow < catalog().onboarding.failuresInARow) return;
  await pauseOnboarding({ actor, step, reason: `${step} failed for ${inARow} tenants in a row.` });
}

/** Draws the conclusions from the run that tries, should nobody have told how it ended: also when it was given up. */
export async function reviewProbe(tenantId: string, actor: Actor): Promise<void> {
  await afterSuccess(tenantId, actor);
  const { run, unfinishedPartition } = (await readTenant(tenantId)) ?? {};
  if (!run || workflowOf(run) !== 'onboard' || unfinishedPartition === undefined) await probeFailed(tenantId, actor);
}

/** Draws the conclusions from a run that has succeeded: the steps that it has passed work, so that their failures are no longer in a row, and a pause for one of them is over. */
export async function afterSuccess(tenantId: string, actor: Actor): Promise<void> {
  const seen = await readStreaks();
  // So it is but in bad times, and costs one read. A pause by rule has its streak.
  if (Object.keys(seen.steps).length === 0) return;
  const { steps: records = [] } = (await readTenantWithSteps(tenantId)) ?? {};
  const passedSince = (step: string, at: string) =>
    records.some((record) => record.step === step && record.state === 'SUCCEEDED' && (record.endedAt ?? '') > at);
  const left = ({ steps }: FailureStreaks): FailureStreaks['steps'] =>
    Object.fromEntries(Object.entries(steps).filter(([step, { lastAt }]) => !passedSince(step, lastAt)));
  const pause = await readPause();
  if (pause?.step && passedSince(pause.step, pause.pausedAt)) {
    const reason = `A tenant has passed ${pause.step}.`;
    await resume({ actor, reason, of: pause }, (streaks) => {
      const { [pause.step as StepName]: _over, ...others } = left(streaks);
      return others;
    });
    await reviewPause(actor);
    return;
  }
  await untilWon(async () => {
    const streaks = await readStreaks();
    const steps = left(streaks);
    const changed = Object.keys(steps).length < Object.keys(streaks.steps).length;
    return { answer: undefined, ...(changed ? { writes: [streaksWrite(streaks, steps)] } : {}) };
  });
}

/** @returns whether new tenants are onboarded, and if not, since when and why not */
export async function onboardingState(): Promise<OnboardingState> {
  const [pause, { steps }] = await Promise.all([readPause(), readStreaks()]);
  return {
    state: pause ? (isHalfOpen(pause) ? 'half-open' : 'paused') : 'open',
    ...pause,
    failuresInARow: catalog().onboarding.failuresInARow,
    streaks: Object.entries(steps).map(([step, { tenants, lastAt }]) => ({ step: step as StepName, tenants: tenants.length, lastAt })),
  };
}
