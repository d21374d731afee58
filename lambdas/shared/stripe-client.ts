import Stripe from 'stripe';
import { ProviderError } from './errors.ts';
import type { PaymentSecret } from './payment-secret.ts';

/*
 * How Stripe is called, by its own SDK. The SDK tries again by itself only when a connection was closed, once, under the same idempotency key.
 */

/** API Gateway waits for 29 seconds, and a signup needs three calls at most. */
const timeoutMilliseconds = 6_000;

/** What must happen after each of the SDK's errors; all others are mistakes of ours (https://docs.stripe.com/error-handling). */
const classes: Readonly<Record<string, 'retry' | 'needs input'>> = {
  StripeConnectionError: 'retry',
  StripeAPIError: 'retry',
  StripeRateLimitError: 'retry',
  StripeCardError: 'needs input',
};

/** Calls Stripe, and tells its errors apart. @throws ProviderError */
export async function call<Answer>(operation: string, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
    throw new ProviderError(error.type, `Stripe.${operation}`, classes[error.type] ?? 'bug');
  }
}

/** @returns the first thing in a paged list that is so */
export async function find<Item>(list: AsyncIterable<Item>, is: (item: Item) => boolean): Promise<Item | undefined> {
  for await (const item of list) if (is(item)) return item;
  return undefined;
}

/** @returns everything in a paged list */
export async function all<Item>(list: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of list) items.push(item);
  return items;
}

/** A client for the account that the secret is of. */
export function clientOf({ apiKey, apiUrl }: PaymentSecret): Stripe {
  const url = apiUrl ? new URL(apiUrl) : undefined;
  return new Stripe(apiKey, {
    maxNetworkRetries: 0,
    timeout: timeoutMilliseconds,
    telemetry: false,
    ...(url ? { protocol: url.protocol === 'http:' ? 'http' : 'https', host: url.hostname, ...(url.port ? { port: url.port } : {}) } : {}),
  });
}

/** To be caught with: what is not there is `undefined`, and all else is thrown on. */
export function absent(error: unknown): undefined {
  if (error instanceof Stripe.errors.StripeError && error.statusCode === 404) return undefined;
  throw error;
}
