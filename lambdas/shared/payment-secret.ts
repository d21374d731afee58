import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod/mini';
import { secretsManager } from './clients.ts';
import { environment } from './environment.ts';
import { InvalidInput } from './errors.ts';
import { runtime } from './runtime.ts';

const PaymentSecret = z.strictObject({
  apiKey: z.string().check(z.minLength(1)),
  webhookSigningSecret: z.string().check(z.minLength(1)),
  /** Where the provider's API is, when it is not where the SDK knows it. */
  apiUrl: z.optional(z.url()),
});
/** What the deployment knows its payment provider by. */
export type PaymentSecret = z.infer<typeof PaymentSecret>;

/** Nobody has told the deployment of a payment provider yet, or what was told has not the form that it must have. */
export class PaymentSecretNotSet extends InvalidInput {}

/** A function that lives for hours must hear of a new key some time, also when its clock was set back meanwhile. */
const keptMilliseconds = 15 * 60_000;
let kept: { readonly at: number; readonly secret: PaymentSecret } | undefined;

/**
 * Reads the secret of the payment provider, once in a while for each process.
 * @throws PaymentSecretNotSet when its value does not have the form that it must have; the value itself is not told
 */
export async function paymentSecret(): Promise<PaymentSecret> {
  const now = runtime.now().getTime();
  if (kept && Math.abs(now - kept.at) < keptMilliseconds) return kept.secret;
  const { SecretString = '' } = await secretsManager().send(new GetSecretValueCommand({ SecretId: environment('PAYMENT_SECRET_ID') }));
  kept = { at: now, secret: parsed(SecretString) };
  return kept.secret;
}

function parsed(text: string): PaymentSecret {
  try {
    return PaymentSecret.parse(JSON.parse(text));
  } catch {
    throw new PaymentSecretNotSet('The secret of the payment provider is not set. Put {"apiKey":…,"webhookSigningSecret":…} into it.');
  }
}
