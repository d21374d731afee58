import type Stripe from 'stripe';
import { TenantId } from '../../contracts/identifiers.ts';
import { ProviderError } from './errors.ts';
import { type PaymentSecret, paymentSecret } from './payment-secret.ts';
import { InvalidSignature, type Order, type PaymentEvent, type PaymentProvider, type SubscriptionOrder } from './payments.ts';
import { instant, runtime } from './runtime.ts';
import { customersAfter, findCustomer, paymentsOf, subscriptionsOf } from './stripe-accounts.ts';
import { absent, call, clientOf, find } from './stripe-client.ts';

/*
 * Stripe, by its own SDK. Of a tenant Stripe is told its id, its tier and the amount: the payer gives name and address to Stripe's own form, so none of ours is needed there.
 * Stripe forgets idempotency keys after a day: whoever may have asked before says so (`inDoubt`), and what exists is looked for first.
 */

/** A signature is good for five minutes: https://docs.stripe.com/webhooks#replay-attacks */
const toleranceSeconds = 300;
const seconds = (at: string) => Math.floor(Date.parse(at) / 1000);
/** Stripe's clock and ours may differ by this much, in seconds. */
const clockSkew = 300;

class StripeProvider implements PaymentProvider {
  readonly secret: PaymentSecret;
  private readonly client: Stripe;

  constructor(secret: PaymentSecret) {
    this.secret = secret;
    this.client = clientOf(secret);
  }

  async requestPayment(order: Order) {
    const { tenantId, amountMinorUnits: amount, currency, inDoubt } = order;
    const metadata = { tenantId };
    const customer =
      (inDoubt ? await this.findCustomerOf(order) : undefined) ??
      (await call('createCustomer', () => this.client.customers.create({ metadata }, { idempotencyKey: `tenantry-customer-${tenantId}` })));
    const intent =
      (inDoubt ? await this.findPayment(customer.id, tenantId) : undefined) ??
      (await call('createPaymentIntent', () =>
        this.client.paymentIntents.create(
          // The method is kept with the customer, so that the following months can be charged.
          { amount, currency, customer: customer.id, setup_future_usage: 'off_session', metadata },
          { idempotencyKey: `tenantry-payment-${tenantId}` },
        ),
      ));
    return { customerId: customer.id, paymentIntentId: intent.id, clientSecret: secretOf(intent) };
  }

  private findCustomerOf({ tenantId, signedUpAt }: Order) {
    const created = { gte: seconds(signedUpAt) - clockSkew };
    return call('listCustomers', () =>
      find(this.client.customers.list({ created, limit: 100 }), ({ metadata }) => metadata['tenantId'] === tenantId),
    );
  }

  private findPayment(customer: string, tenantId: string) {
    return call('listPaymentIntents', () =>
      find(
        this.client.paymentIntents.list({ customer, limit: 100 }),
        ({ metadata, status }) => metadata['tenantId'] === tenantId && status !== 'canceled',
      ),
    );
  }

  async clientSecretOf(paymentIntentId: string) {
    return secretOf(await call('retrievePaymentIntent', () => this.client.paymentIntents.retrieve(paymentIntentId)));
  }

  async cancelPayment(paymentIntentId: string) {
    const settled = ['canceled', 'succeeded', 'processing'] as const;
    const stateOf = async () => {
      const { status } = await call('retrievePaymentIntent', () => this.client.paymentIntents.retrieve(paymentIntentId));
      return settled.find((each) => each === status);
    };
    const before = await stateOf();
    if (before) return before;
    try {
      await call('cancelPaymentIntent', () => this.client.paymentIntents.cancel(paymentIntentId));
      return 'canceled';
    } catch (error) {
      // It was paid, or canceled by another call, between the two.
      const after = await stateOf();
      if (after) return after;
      throw error;
    }
  }

  async refund(paymentIntentId: string) {
    const existing = await call('listRefunds', () =>
      find(this.client.refunds.list({ payment_intent: paymentIntentId }), ({ status }) => status !== 'failed' && status !== 'canceled'),
    );
    if (existing) return;
    await call('createRefund', () =>
      this.client.refunds.create({ payment_intent: paymentIntentId }, { idempotencyKey: `tenantry-refund-${paymentIntentId}` }),
    );
  }

  async createSubscription(order: SubscriptionOrder): Promise<string> {
    const { tenantId, customerId: customer, paymentIntentId } = order;
    const existing = await call('listSubscriptions', () =>
      find(this.client.subscriptions.list({ customer, limit: 100 }), ({ metadata }) => metadata['tenantId'] === tenantId),
    );
    if (existing) return existing.id;
    const plan = await this.ensurePlan(order);
    const { payment_method: method } = await call('retrievePaymentIntent', () => this.client.paymentIntents.retrieve(paymentIntentId));
    const created = await call('createSubscription', () =>
      this.client.subscriptions.create(
        {
          customer,
          items: [{ plan }],
          metadata: { tenantId },
          // The first month is paid already: charging begins when it is over.
          trial_end: monthAfter(order.paidAt),
          ...(method ? { default_payment_method: typeof method === 'string' ? method : method.id } : {}),
        },
        { idempotencyKey: `tenantry-subscription-${tenantId}` },
      ),
    );
    return created.id;
  }

  async cancelSubscriptions(customer: string) {
    for (const { subscriptionId } of await this.subscriptionsOf(customer)) await this.cancelSubscription(subscriptionId);
  }

  async cancelSubscription(id: string) {
    await call('cancelSubscription', () => this.client.subscriptions.cancel(id).catch(absent));
  }

  customersAfter(customerId: string | undefined) {
    return customersAfter(this.client, customerId);
  }

  findCustomer(customerId: string) {
    return findCustomer(this.client, customerId);
  }

  subscriptionsOf(customerId: string) {
    return subscriptionsOf(this.client, customerId);
  }

  paymentsOf(customerId: string) {
    return paymentsOf(this.client, customerId);
  }

  /** A plan is found by its name, which the version of the tier is a part of: what a tenant pays does not change behind its back. */
  private async ensurePlan({ tier, price }: SubscriptionOrder): Promise<string> {
    const id = `tenantry-${tier.tier}-v${tier.version}-${price.amountMinorUnits}-${price.currency}`;
    const read = () => this.client.plans.retrieve(id).then(() => true, absent);
    if (await call('retrievePlan', read)) return id;
    try {
      await call('createPlan', () =>
        this.client.plans.create({
          id,
          amount: price.amountMinorUnits,
          currency: price.currency,
          interval: price.interval,
          product: { name: tier.title },
        }),
      );
    } catch (error) {
      // Another tenant of the tier was the first at the same moment.
      if (!(await call('retrievePlan', read))) throw error;
    }
    return id;
  }

  readEvent(rawBody: string, signature: string): PaymentEvent | undefined {
    let event: Stripe.Event;
    try {
      // The SDK compares in constant time (crypto.timingSafeEqual).
      event = this.client.webhooks.constructEvent(
        rawBody,
        signature,
        this.secret.webhookSigningSecret,
        toleranceSeconds,
        undefined,
        runtime.now().getTime(),
      );
    } catch (error) {
      throw new InvalidSignature('The payment provider did not sign this, or did so more than five minutes ago.', { cause: error });
    }
    if (event.type !== 'payment_intent.succeeded' && event.type !== 'payment_intent.payment_failed') return undefined;
    const { id, amount, currency, metadata, last_payment_error: failure } = event.data.object;
    // Payments that others of the same account take, and those of subscriptions, carry no id of a tenant.
    const tenantId = TenantId.safeParse(metadata['tenantId']);
    if (!tenantId.success) return undefined;
    const failed = event.type === 'payment_intent.payment_failed';
    return {
      eventId: event.id,
      kind: failed ? 'failed' : 'succeeded',
      at: instant(new Date(event.created * 1000)),
      tenantId: tenantId.data,
      paymentIntentId: id,
      amountMinorUnits: amount,
      currency,
      ...(failed ? { reason: reasonOf(failure?.decline_code ?? failure?.code) } : {}),
    };
  }
}

function secretOf({ client_secret: secret }: Stripe.PaymentIntent): string {
  if (!secret) throw new ProviderError('NoClientSecret', 'Stripe.retrievePaymentIntent', 'bug');
  return secret;
}

/** The same day of the next month, or its last: Stripe's own rule for months (https://docs.stripe.com/billing/subscriptions/billing-cycle). */
function monthAfter(at: string): number {
  const date = new Date(at);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + 1);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  return Math.floor(date.getTime() / 1000);
}

/** https://docs.stripe.com/declines/codes: what a customer can do something about; of the rest, why is the bank's affair. */
const reasons: Readonly<Record<string, string>> = {
  insufficient_funds: 'The card has insufficient funds.',
  expired_card: 'The card has expired.',
  incorrect_cvc: "The card's security code is not right.",
  incorrect_number: "The card's number is not right.",
  processing_error: 'The payment could not be processed.',
  authentication_required: 'The bank asks for a confirmation of the payment, which was not given.',
  payment_intent_authentication_failure: 'The bank asks for a confirmation of the payment, which was not given.',
};
const reasonOf = (code: string | undefined) => reasons[code ?? ''] ?? 'The payment was declined.';

let provider: StripeProvider | undefined;

/** Stripe, with the secret as it is now. */
export async function stripe(): Promise<PaymentProvider> {
  const secret = await paymentSecret();
  if (provider?.secret !== secret) provider = new StripeProvider(secret);
  return provider;
}
