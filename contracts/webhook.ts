import * as z from 'zod/mini';

/** https://docs.stripe.com/webhooks#verify-manually: a time and signatures, such as `t=1492774577,v1=5257a869…`. */
export const StripeSignature = z
  .string()
  .check(z.regex(/^[\x21-\x7e ]{1,1000}$/), z.meta({ remedy: 'Only the payment provider calls this, with a signature of its own.' }));

/** Taken; whether it changed anything is not the sender's concern. */
export const WebhookReceived = z.strictObject({ received: z.literal(true) }).check(z.meta({ id: 'WebhookReceived' }));
