import type { ProviderAccess } from '../../../local/payments/payment-provider.ts';
import type { StoreReader } from './reader.ts';

type Thing = Record<string, unknown> & { readonly id: string; readonly metadata: Record<string, string> };

/** What the payment provider has of a tenant. */
export const providerReader = ({ apiUrl, apiKey }: ProviderAccess): StoreReader => {
  const list = async (path: string) => {
    const answer = await fetch(`${apiUrl}${path}`, { headers: { authorization: `Bearer ${apiKey}` } });
    if (!answer.ok) throw new Error(`The provider answered ${answer.status} to ${path}.`);
    return ((await answer.json()) as { data: Thing[] }).data;
  };
  return {
    store: 'PaymentProvider',
    read: async ({ customerId }) => {
      if (!customerId) return undefined;
      const of = `customer=${customerId}&limit=100`;
      const [payments, subscriptions] = await Promise.all([list(`/v1/payment_intents?${of}`), list(`/v1/subscriptions?${of}&status=all`)]);
      // Of a payment that nobody has made, localstripe cannot say that it was not paid back.
      const made = payments.filter(({ status }) => status === 'succeeded');
      const refunds = await Promise.all(made.map(({ id }) => list(`/v1/refunds?payment_intent=${id}`)));
      return {
        refunds: refunds.flat().map(({ status, amount }) => ({ status, amount })),
        payments: payments.map(({ status, amount, metadata }) => ({ status, amount, metadata })),
        subscriptions: subscriptions.map(({ status, metadata }) => ({ status, metadata })),
      };
    },
  };
};
