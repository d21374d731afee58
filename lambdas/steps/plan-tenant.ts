import { tierOf } from '../shared/catalog.ts';
import { cellWithRoom, reserveIn } from '../shared/cells.ts';
import { InvalidInput } from '../shared/errors.ts';
import { stepHandler } from '../shared/step.ts';

/*
 * Resolves what will be made for the tenant: its tier, how each resource is isolated, the steps, and for a silo the cell that it is made in. The place in the cell is
 * taken in the transaction that ends the step, so repeating it takes no second one. Undone by giving the place back (releaseCell). Approvals, when a plan asks for
 * them, come after this step.
 */
export const handler = stepHandler({
  name: 'PlanTenant',
  during: 'PROVISIONING',
  run: async ({ tenant }) => {
    const tier = tierOf(tenant.tier);
    if (!tier) throw new InvalidInput(`The catalog has no tier "${tenant.tier}" any more: put it back, or give the tenant another tier.`);
    const steps = tier.steps.map(({ step }) => step);
    const found = steps.includes('DeploySilo') && !tenant.cell ? await cellWithRoom() : undefined;
    const cell = tenant.cell ?? found?.cell;
    return {
      result: { tier: tier.tier, tierVersion: tier.version, isolation: tier.isolation, steps, ...(cell ? { cell } : {}) },
      // The catalog may have moved on since the signup: what the tenant gets is what its record says.
      change: () => ({ tierVersion: tier.version, ...(cell ? { cell } : {}) }),
      alongside: () => (found ? [reserveIn(found)] : []),
    };
  },
});
