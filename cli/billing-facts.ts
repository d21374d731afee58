import type { TenantBilling } from '../contracts/billing.ts';

const paymentWords: Record<TenantBilling['payment'], string> = {
  REQUESTED: 'not paid yet',
  FAILED: 'not paid',
  PAID: 'paid',
  PAID_BACK: 'paid back',
  CANCELED: 'canceled',
};

/** A tenant's billing as rows of facts: ids are the payment provider's. Without billing, none. */
export function billingFacts(billing: TenantBilling | undefined): [string, string | undefined][] {
  if (!billing) return [];
  const { customerId, paymentIntentId, amountMinorUnits, currency, payment, paidAt, failure, subscriptionId } = billing;
  const { maximumFractionDigits: digits = 2 } = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions();
  const price = `${(amountMinorUnits / 10 ** digits).toFixed(digits)} ${currency.toUpperCase()}`;
  const since = payment === 'PAID' ? ` at ${paidAt}` : '';
  const because = payment === 'FAILED' && failure ? ` since ${failure.at}: ${failure.reason}` : '';
  return [
    ['Customer', customerId],
    ['Payment', `${paymentIntentId}, ${price}, ${paymentWords[payment]}${since}${because}`],
    ['Subscription', subscriptionId ?? 'none'],
  ];
}
