import { ShowOnboarding } from '../../contracts/routes.ts';
import { apiHandler } from '../shared/api.ts';
import { onboardingState } from '../shared/breaker.ts';

/* Shows whether new tenants are onboarded, and if not, since when and why not. */

export const handler = apiHandler(ShowOnboarding, async () => ({ body: await onboardingState() }));
