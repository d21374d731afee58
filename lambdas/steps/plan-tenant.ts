import { tierOf } from '../shared/catalog.ts';
import { InvalidInput } from '../shared/errors.ts';
import { stepHandler } from '../shared/step.ts';

/*
 * Resolves what will be made for the tenant: its tier, how each resource is isolated, and the steps. It only reads the catalog, so repeating it is
 * harmless and nothing has to be undone. Approvals, when a plan asks for them, come after this step.
 */
export const handler = stepHandler({
  name: 'PlanTenant',
  during: 'PROVISIONING',
  run: async ({ tenant }) => {
    const tier = tierOf(tenant.tier);
    if (!tier) throw new InvalidInput(`The catalog has no tier "${tenant.tier}" any more: put it back, or give the tenant another tier.`);
    return {
      result: { tier: tier.tier, tierVersion: tier.version, isolation: tier.isolation, steps: tier.steps.map(({ step }) => step) },
      // The catalog may have moved on since the signup: what the tenant gets is what its record says.
      change: () => ({ tierVersion: tier.version }),
    };
  },
});
