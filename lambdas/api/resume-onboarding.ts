import type { OnboardingRequest } from '../../contracts/onboarding.ts';
import { ResumeOnboarding } from '../../contracts/routes.ts';
import { apiHandler } from '../shared/api.ts';
import { onboardingState, resumeOnboarding } from '../shared/breaker.ts';

/* Accepts signups again; the runs that waited are started by the next sweep. What is not paused stays as it is. */

export const handler = apiHandler(ResumeOnboarding, async ({ body, staffId }) => {
  const { reason } = body as OnboardingRequest;
  await resumeOnboarding({ actor: { kind: 'staff', id: staffId }, reason });
  return { body: await onboardingState() };
});
