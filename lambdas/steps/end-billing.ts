import { settleBilling } from '../shared/settlement.ts';
import { stepHandler } from '../shared/step.ts';
import { undone } from '../shared/undo.ts';

/*
 * Sees to it that the customer pays nothing: ends the subscription, and cancels the payment or pays it back. It asks the provider what there is, so repeating it ends and pays back nothing twice.
 * It waits for the provider, unlike the onboarding, because who gave a tenant up must know what became of the money. Nothing undoes it.
 */
export const handler = stepHandler({
  name: 'EndBilling',
  during: 'ABANDONED',
  run: async ({ tenant: { tenantId } }) => {
    await settleBilling(tenantId);
    return undone();
  },
});
