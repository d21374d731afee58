import { logger } from '../shared/logger.ts';
import { payBack } from '../shared/payment-events.ts';
import { paymentProvider } from '../shared/payments.ts';
import { reactionHandler } from '../shared/stream.ts';
import { readTenant } from '../shared/tenants.ts';

/*
 * Sees to it that nobody pays for a signup that has expired: cancels its payment, or pays it back when it was made. Both can be repeated. A payment that is under way ends later, and its event
 * is answered with the refund (payment-events.ts).
 */
export const handler = reactionHandler(async (tenantId) => {
  const tenant = await readTenant(tenantId);
  if (tenant?.status !== 'EXPIRED' || !tenant.payment) return;
  const { paymentIntentId } = tenant.payment;
  const state = await (await paymentProvider()).cancelPayment(paymentIntentId);
  logger.info("The expired signup's payment is settled.", { tenantId, state });
  if (state === 'succeeded') await payBack(tenantId, paymentIntentId);
});
