import type { OnboardingRequest } from '../../contracts/onboarding.ts';
import { PauseOnboarding } from '../../contracts/routes.ts';
import { apiHandler } from '../shared/api.ts';
import { onboardingState, pauseOnboarding } from '../shared/breaker.ts';

/* Refuses new signups and starts no further runs, until onboarding is resumed by hand. What is paused by hand already stays as it is. */

export const handler = apiHandler(PauseOnboarding, async ({ body, staffId }) => {
  const { reason } = body as OnboardingRequest;
  await pauseOnboarding({ actor: { kind: 'staff', id: staffId }, reason });
  return { body: await onboardingState() };
});
