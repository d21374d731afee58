import * as z from 'zod/mini';
import { Instant, TenantId } from './identifiers.ts';
import { StepName } from './steps.ts';
import { Actor, Reason } from './tenant.ts';

/** Whether new tenants are onboarded, and if not, since when and why not. */
export const OnboardingState = z
  .strictObject({
    state: z
      .enum(['open', 'paused', 'half-open'])
      .check(
        z.describe(
          'paused: signups are refused and no run is started. half-open: signups are accepted, one run is started, and the others wait for how it ends.',
        ),
      ),
    pausedAt: z.optional(Instant),
    pausedBy: z.optional(Actor),
    reason: z.optional(z.string()),
    step: z.optional(StepName).check(z.describe('The step that failed for one tenant after the other; absent when it was paused by hand.')),
    probeAt: z.optional(Instant).check(z.describe('From when one run may try; absent when it was paused by hand.')),
    probe: z.optional(TenantId).check(z.describe('The tenant whose run tries.')),
    failuresInARow: z
      .int()
      .check(z.minimum(1), z.describe('For how many tenants in a row a step has to fail, for onboarding to pause by itself.')),
    streaks: z.array(
      z.strictObject({
        step: StepName,
        tenants: z.int().check(z.minimum(1), z.describe('For how many tenants it has failed since it last succeeded.')),
        lastAt: Instant,
      }),
    ),
  })
  .check(z.meta({ id: 'OnboardingState' }));
export type OnboardingState = z.infer<typeof OnboardingState>;

export const OnboardingRequest = z.strictObject({ reason: Reason }).check(z.meta({ id: 'OnboardingRequest' }));
export type OnboardingRequest = z.infer<typeof OnboardingRequest>;
