import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import Stripe from 'stripe';
import { type PaymentProvider, startPaymentProvider } from '../../../local/payments/payment-provider.ts';
import { ensurePythonEnvironment } from '../../../local/python-environment.ts';

/*
 * Each patch of local/payments/tenantry_localstripe/patches.py has the check that begins with its name: red without it, as `node scripts/check-without-patches.ts` shows. The calls are
 * those that lambdas/shared/stripe.ts makes.
 */

let folder: string;
let provider: PaymentProvider;
let stripe: Stripe;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenantry-localstripe-'));
  const python = await ensurePythonEnvironment({ log: () => undefined });
  provider = await startPaymentProvider({ python, logFile: join(folder, 'localstripe.log'), signal: AbortSignal.timeout(60_000) });
  const { hostname: host, port } = new URL(provider.apiUrl);
  stripe = new Stripe(provider.apiKey, { protocol: 'http', host, port, telemetry: false });
});
afterAll(async () => {
  await provider.stop();
  await rm(folder, { recursive: true });
});

const newCustomer = () => stripe.customers.create({ metadata: { tenantId: 'one' } });
async function newPayment(more: Partial<Stripe.PaymentIntentCreateParams> = {}) {
  const customer = await newCustomer();
  return stripe.paymentIntents.create({ amount: 4_900, currency: 'eur', customer: customer.id, ...more });
}
/** Pays as local/payments/pay.ts does. */
async function pay(id: string, method = 'pm_card_visa') {
  await stripe.paymentIntents.update(id, { payment_method: method });
  return stripe.paymentIntents.confirm(id);
}
const ids = (list: { data: { id: string }[] }) => list.data.map(({ id }) => id);
async function planOf() {
  const plan = await stripe.plans.create({ amount: 4_900, currency: 'eur', interval: 'month', product: { name: 'Business' } });
  return plan.id;
}

test('forget_at_the_end: nothing is written to the file that all processes of the machine share', async () => {
  const written = () =>
    stat('/tmp/localstripe.pickle').then(
      ({ mtimeMs, size }) => ({ mtimeMs, size }),
      () => 'not there',
    );
  const before = await written();
  await newCustomer();
  expect(await written()).toEqual(before);
});

test('list_the_newest_first: also across pages', async () => {
  const made = [await newCustomer(), await newCustomer(), await newCustomer()].map(({ id }) => id).reverse();
  const first = await stripe.customers.list({ limit: 2 });
  expect(ids(first)).toEqual(made.slice(0, 2));
  expect(ids(await stripe.customers.list({ limit: 1, starting_after: made[1] as string }))).toEqual(made.slice(2));
});

test('filter_customers_by_time: those that were made before are left out', async () => {
  const { id, created } = await newCustomer();
  expect(ids(await stripe.customers.list({ created: { gte: created } }))).toContain(id);
  expect(ids(await stripe.customers.list({ created: { gte: created + 1 } }))).toEqual([]);
});

test("filter_payments_by_customer: another's are left out", async () => {
  const [one, other] = [await newPayment(), await newPayment()];
  expect(ids(await stripe.paymentIntents.list({ customer: one.customer as string }))).toEqual([one.id]);
  expect(other.customer).not.toBe(one.customer);
});

test('keep_payment_methods: what a customer paid with can be charged again', async () => {
  const payment = await newPayment({ setup_future_usage: 'off_session' });
  const { payment_method: method } = await pay(payment.id);
  expect((await stripe.paymentMethods.retrieve(method as string)).customer).toBe(payment.customer);
});

test('try_failed_payments_again: with another card', async () => {
  const { id } = await newPayment({ setup_future_usage: 'off_session' });
  await expect(pay(id, 'pm_card_chargeCustomerFail')).rejects.toMatchObject({ statusCode: 402 });
  expect((await stripe.paymentIntents.retrieve(id)).status).toBe('requires_payment_method');
  expect((await pay(id)).status).toBe('succeeded');
  await expect(pay(id)).rejects.toMatchObject({ statusCode: 400 });
});

test("take_default_payment_methods: the customer's own, and no other's", async () => {
  const payment = await newPayment({ setup_future_usage: 'off_session' });
  const method = (await pay(payment.id)).payment_method as string;
  const plan = await planOf();
  const subscribe = (customer: string) =>
    stripe.subscriptions.create({
      customer,
      items: [{ plan }],
      default_payment_method: method,
      trial_end: Math.floor(Date.now() / 1_000) + 86_400,
    });
  expect((await subscribe(payment.customer as string)).default_payment_method).toBe(method);
  await expect(subscribe((await newCustomer()).id)).rejects.toMatchObject({ statusCode: 400 });
});

test('trial_until_it_ends: a subscription that is paid for a time is in its trial', async () => {
  const { id: customer } = await newCustomer();
  const { status } = await stripe.subscriptions.create({
    customer,
    items: [{ plan: await planOf() }],
    trial_end: Math.floor(Date.now() / 1_000) + 86_400,
  });
  expect(status).toBe('trialing');
});
