import { transition } from '../shared/lifecycle.ts';
import { stepHandler } from '../shared/step.ts';

/*
 * Makes the tenant ACTIVE. It touches nothing but the tenant's own record, in the step's own transaction; the lifecycle refuses it for a tenant that is not
 * PROVISIONING. Undone by offboarding.
 */
export const handler = stepHandler({
  name: 'ActivateTenant',
  during: 'PROVISIONING',
  run: async ({ startedAt }) => ({
    result: { activatedAt: startedAt },
    change: ({ tenant, now }) => transition(tenant, 'ACTIVE', 'smoke-tests-passed', 'step', now),
  }),
});
