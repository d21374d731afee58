import { describe, expect, test } from '@jest/globals';
import type { SignupAccepted } from '../../../../contracts/signup.ts';
import { handler as createSignup } from '../../../../lambdas/api/create-signup.ts';
import type { Fault } from '../../../support/fake-stripe.ts';
import { canary, changeTenant, eventsOf, newSignupKey, signUp, signupBody, tenantOf } from '../../../support/onboarding.ts';
import { beginPaying, stripe, world } from '../../../support/payments.ts';
import { send } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { tables } from '../../../support/world.ts';

/* What a signup to a tier with a price asks of the payment provider, whatever becomes of the answers. */

const output = collectOutput();
beginPaying();

const slug = () => `paying-${newSignupKey().match(/\d+$/)?.[0]}`;
const post = (key: string, name: string) =>
  send(createSignup, 'CreateSignup', { headers: { 'Idempotency-Key': key }, body: signupBody({ tier: 'business', slug: name }) });
const onlyTenant = () => world.database.all(tables.tenants).find(({ sk }) => sk === 'TENANT')?.['tenantId'] as string;
const counts = (tenantId: string) => [stripe.of('customers', tenantId).length, stripe.of('payment_intents', tenantId).length];
const payAction = ({ next }: SignupAccepted) => next.find(({ action }) => action === 'pay');

test('asks for one customer and one payment, and answers what to pay and with what', async () => {
  const accepted = await signUp({ tier: 'business' });
  const { tenantId } = accepted;
  const [payment] = stripe.of('payment_intents', tenantId);
  expect(payAction(accepted)).toMatchObject({
    payment: { amountMinorUnits: 4900, currency: 'eur', paymentIntentId: payment?.id, clientSecret: payment?.['client_secret'] },
  });
  expect(payment).toMatchObject({ amount: '4900', currency: 'eur', setup_future_usage: 'off_session', metadata: { tenantId } });
  expect(tenantOf(world, tenantId).payment).toMatchObject({ paymentIntentId: payment?.id, amountMinorUnits: 4900 });
  expect(eventsOf(world, tenantId).map(({ type }) => type)).toEqual(['SignedUp', 'PaymentRequested']);
  expect([...stripe.answers.keys()]).toEqual([`tenantry-customer-${tenantId}`, `tenantry-payment-${tenantId}`]);
});

test('tells the provider nothing of the person, and keeps nothing with which anybody could pay', async () => {
  const { tenantId } = await signUp({ tier: 'business' });
  for (const secret of [canary.name, canary.email, canary.organisation]) expect(JSON.stringify(stripe.things)).not.toContain(secret);
  const kept = JSON.stringify([tenantOf(world, tenantId), eventsOf(world, tenantId), output()]);
  expect(kept).not.toContain('_secret_');
});

test('a free tier asks for nothing', async () => {
  await signUp();
  expect(stripe.requests).toEqual([]);
});

describe('when the provider fails at a call', () => {
  const calls = ['POST /v1/customers', 'POST /v1/payment_intents'];
  const faults: Fault[] = [
    'cut',
    'lose answer',
    { status: 500, error: { type: 'api_error' } },
    { status: 429, error: { code: 'rate_limit' } },
  ];
  test.each(calls.flatMap((call) => faults.map((fault) => [call, fault] as const)))(
    '%s, %j: the same signup sent again comes to one customer and one payment',
    async (call, fault) => {
      const key = newSignupKey();
      const name = slug();
      stripe.fault = (said) => (said === call ? fault : undefined);
      expect((await post(key, name)).status).toBe(503);
      stripe.fault = () => undefined;
      stripe.answers.clear();
      // Another tenant's things stand between, and are on other pages.
      stripe.things.push({ id: 'cus_other', object: 'customer', metadata: { tenantId: 'another' } });
      const { status, body } = await post(key, name);
      expect([status, payAction(body)?.payment?.clientSecret]).toEqual([202, expect.any(String)]);
      expect(counts(body.tenantId)).toEqual([1, 1]);
      expect(await post(key, name)).toMatchObject({ status: 202, body });
    },
  );

  test('a wrong API key is our fault, said without a word of the provider’s', async () => {
    stripe.fault = () => ({ status: 401, error: { type: 'invalid_request_error', message: 'Invalid API Key provided: sk_test_1' } });
    const { status, text } = await post(newSignupKey(), slug());
    expect(status).toBe(500);
    expect(text + output()).not.toContain('sk_test_1');
    expect(output()).toContain('StripeAuthenticationError');
  });
});

test('two of the same signup at once store one payment, and only that one can be paid', async () => {
  const key = newSignupKey();
  const name = slug();
  const answers = await Promise.all([post(key, name), post(key, name)]);
  expect(answers.map(({ status }) => status)).toEqual([202, 202]);
  expect(answers[1]?.body).toEqual(answers[0]?.body);
  const tenantId = onlyTenant();
  const open = stripe.of('payment_intents', tenantId).filter(({ status }) => status !== 'canceled');
  expect(open.map(({ id }) => id)).toEqual([tenantOf(world, tenantId).payment?.paymentIntentId]);
});

test('a signup that has ended meanwhile asks for nothing more', async () => {
  const key = newSignupKey();
  const name = slug();
  stripe.fault = () => 'cut';
  expect((await post(key, name)).status).toBe(503);
  stripe.clear();
  changeTenant(world, onlyTenant(), { status: 'EXPIRED' });
  expect((await post(key, name)).status).toBe(202);
  expect(stripe.requests).toEqual([]);
});
