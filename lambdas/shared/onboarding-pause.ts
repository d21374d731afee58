import type { StepName } from '../../contracts/steps.ts';
import type { Actor } from '../../contracts/tenant.ts';
import { stepsOf } from './catalog.ts';
import { workflowOf } from './executions.ts';
import { readPlatform } from './platform.ts';
import { instant } from './runtime.ts';

/* Whether onboarding pauses, as those see it who refuse signups and start runs; who pauses it stands in breaker.ts. */

/** A pause of onboarding. */
export interface OnboardingPause {
  readonly pausedAt: string;
  readonly pausedBy: Actor;
  readonly reason: string;
  /** The step that failed for one tenant after the other: tiers without it are onboarded on. Absent when it was paused by hand. */
  readonly step?: StepName;
  /** From when one run may try; absent when it was paused by hand. */
  readonly probeAt?: string;
  /** The tenant whose run tries. */
  readonly probe?: string;
}

/** @returns the pause, or undefined when new tenants are onboarded (strongly consistent) */
export const readPause = async (): Promise<OnboardingPause | undefined> => (await readPlatform()).onboarding;

export const isHalfOpen = ({ probeAt }: OnboardingPause) => probeAt !== undefined && probeAt <= instant();

const concerns = ({ step }: OnboardingPause, tier: string) => !step || stepsOf(tier).includes(step);

/** Once one run may try, signups are accepted again: there must be one that tries. */
export const refusesSignups = (pause: OnboardingPause | undefined, tier: string): pause is OnboardingPause =>
  pause !== undefined && concerns(pause, tier) && !isHalfOpen(pause);

interface Waiting {
  readonly tenantId: string;
  readonly tier: string;
  readonly run?: { readonly runId: string; readonly generation: number };
}
/** Giving up goes on, and so does what staff let go on, a later generation. */
const isNew = ({ run }: Waiting) => run?.generation === 1 && workflowOf(run) === 'onboard';

/** Whether a run waits that was never started. */
export const holdsRun = (pause: OnboardingPause | undefined, tenant: Waiting): pause is OnboardingPause =>
  pause !== undefined && concerns(pause, tenant.tier) && isNew(tenant) && pause.probe !== tenant.tenantId;

/** After how many seconds it is worth to sign up again: when one run tries, or, paused by hand, when somebody may have looked. */
export const retryAfterSeconds = ({ probeAt }: OnboardingPause) =>
  probeAt ? Math.max(60, Math.ceil((Date.parse(probeAt) - Date.parse(instant())) / 1_000)) : 900;
