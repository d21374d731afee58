import type { ProviderAccess } from './payment-provider.ts';

/** The provider's own test methods: https://docs.stripe.com/testing?testing-method=payment-methods */
const methods = { succeeds: 'pm_card_visa', declined: 'pm_card_chargeCustomerFail' } as const;
export type PaymentOutcome = keyof typeof methods;

/**
 * Does what the customer's browser does with the client secret of a payment: gives a card, and confirms. On Stripe that is Stripe.js with the publishable key; localstripe asks for the API key.
 * @returns the HTTP status: 200 when it was paid, 402 when it was declined, 400 when there is nothing to pay any more
 */
export async function pay({ apiUrl, apiKey }: ProviderAccess, clientSecret: string, outcome: PaymentOutcome): Promise<number> {
  const [intent] = clientSecret.split('_secret_');
  const post = async (path: string, fields: Record<string, string>) => {
    const answer = await fetch(`${apiUrl}/v1/payment_intents/${intent}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}` },
      body: new URLSearchParams(fields),
    });
    await answer.text();
    return answer.status;
  };
  const given = await post('', { payment_method: methods[outcome] });
  return given === 200 ? post('/confirm', {}) : given;
}
