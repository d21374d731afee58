import { askToSettle } from '../shared/billing-queue.ts';
import { stepHandler } from '../shared/step.ts';

/*
 * Asks for the tenant's subscription, and does not wait for it: settle-billing.ts makes it in its own time, however long the payment provider is away. A repeat asks again, which makes nothing
 * twice, because a tenant has one subscription. Undone by asking again once the tenant has ended.
 */
export const handler = stepHandler({
  name: 'EnqueueBilling',
  during: 'PROVISIONING',
  run: async ({ tenant }) => ({ result: { messageId: await askToSettle(tenant.tenantId) } }),
});
