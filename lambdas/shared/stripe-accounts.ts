import type Stripe from 'stripe';
import { TenantId } from '../../contracts/identifiers.ts';
import type { ProviderCustomer, ProviderPayments, ProviderSubscription } from './payments.ts';
import { absent, all, call } from './stripe-client.ts';

/* What Stripe has, read to be compared with what it should have. Lists are read to their end, but for that of all customers. */

/** The most that a page may have: https://docs.stripe.com/api/pagination */
const limit = 100;

function customerOf({ id, metadata }: Stripe.Customer): ProviderCustomer | undefined {
  const tenantId = TenantId.safeParse(metadata['tenantId']);
  return tenantId.success ? { customerId: id, tenantId: tenantId.data } : undefined;
}

/** @returns a page of all customers, without those of no tenant */
export async function customersAfter(client: Stripe, customerId: string | undefined) {
  const page = await call('listCustomers', () => client.customers.list({ limit, ...(customerId ? { starting_after: customerId } : {}) }));
  const customers = page.data.map(customerOf).filter((customer) => customer !== undefined);
  const last = page.data.at(-1);
  return { customers, ...(page.has_more && last ? { next: last.id } : {}) };
}

/** @returns a customer; one that was deleted still answers, and says so: https://docs.stripe.com/api/customers/delete */
export async function findCustomer(client: Stripe, customerId: string): Promise<ProviderCustomer | undefined> {
  const customer = await call('retrieveCustomer', () => client.customers.retrieve(customerId).catch(absent));
  return customer && !customer.deleted ? customerOf(customer) : undefined;
}

/** Nothing comes after these: https://docs.stripe.com/api/subscriptions/object#subscription_object-status */
const ended = new Set<string>(['canceled', 'incomplete_expired']);

/** @returns the subscriptions of a customer that have not ended */
export async function subscriptionsOf(client: Stripe, customer: string): Promise<readonly ProviderSubscription[]> {
  const listed = await call('listSubscriptions', () => all(client.subscriptions.list({ customer, limit })));
  return listed.filter(({ status }) => !ended.has(status)).map(subscriptionOf);
}

function subscriptionOf({ id, status, metadata, items }: Stripe.Subscription): ProviderSubscription {
  const [item, ...others] = items.data;
  const { amount, currency, interval, interval_count: every } = item?.plan ?? {};
  const isOnePriceOnce = others.length === 0 && Number(item?.quantity ?? 1) === 1 && Number(every ?? 1) === 1;
  return {
    subscriptionId: id,
    isOurs: metadata['tenantId'] !== undefined,
    soldBeside: metadata['soldBeside'] === 'true',
    inTrial: status === 'trialing',
    price: isOnePriceOnce && amount && currency && interval ? { amountMinorUnits: Number(amount), currency, interval } : undefined,
  };
}

/** @returns the payments of a customer that carry a tenant. The following months' are the subscription's, and carry none. */
export async function paymentsOf(client: Stripe, customer: string): Promise<ProviderPayments> {
  const listed = await call('listPaymentIntents', () => all(client.paymentIntents.list({ customer, limit })));
  const ours = listed.filter(({ metadata }) => metadata['tenantId'] !== undefined);
  const madeIds: string[] = [];
  for (const { id, status } of ours) if (status === 'succeeded' && !(await isPaidBack(client, id))) madeIds.push(id);
  return { openIds: ours.filter(({ status }) => status !== 'succeeded' && status !== 'canceled').map(({ id }) => id), madeIds };
}

async function isPaidBack(client: Stripe, paymentIntentId: string): Promise<boolean> {
  const refunds = await call('listRefunds', () => all(client.refunds.list({ payment_intent: paymentIntentId, limit })));
  return refunds.some(({ status }) => status !== 'failed' && status !== 'canceled');
}
