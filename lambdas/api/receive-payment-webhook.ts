import type * as z from 'zod/mini';
import { ReceivePaymentWebhook } from '../../contracts/routes.ts';
import type { WebhookReceived } from '../../contracts/webhook.ts';
import { apiHandler, Refusal } from '../shared/api.ts';
import { UnknownTenant } from '../shared/errors.ts';
import { logger } from '../shared/logger.ts';
import { takePaymentEvent } from '../shared/payment-events.ts';
import { InvalidSignature, paymentProvider } from '../shared/payments.ts';

/*
 * Hears from the payment provider. Nothing is believed but what it signed, over the body as it came, within the last five minutes. It tells more than once and in no order; an event counts
 * once. What is answered with an error, the provider tells again, for days.
 */

async function take(rawBody: string, signature: string): Promise<void> {
  const event = (await paymentProvider()).readEvent(rawBody, signature);
  if (!event) return;
  logger.appendKeys({ tenantId: event.tenantId });
  try {
    const effect = await takePaymentEvent(event);
    logger.info('The payment provider told of a payment.', { eventId: event.eventId, kind: event.kind, effect });
  } catch (error) {
    // Another deployment may share the account: its tenants are not ours, and telling again would not change that.
    if (!(error instanceof UnknownTenant)) throw error;
    logger.warn('A payment of a tenant that is not here.', { eventId: event.eventId });
  }
}

const received: z.infer<typeof WebhookReceived> = { received: true };

export const handler = apiHandler(ReceivePaymentWebhook, async ({ rawBody, headers }) => {
  try {
    await take(rawBody, headers['Stripe-Signature'] as string);
  } catch (error) {
    if (error instanceof InvalidSignature) throw new Refusal('signature-invalid', error.message);
    throw error;
  }
  return { body: received };
});
