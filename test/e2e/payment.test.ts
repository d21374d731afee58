import { describe, expect, test } from '@jest/globals';
import type { TenantPayment } from '../../lambdas/shared/tenants.ts';
import { expectWholeChain } from '../support/chain.ts';
import { expectProblem } from './support/api.ts';
import {
  atProvider,
  dueOf,
  forgetPayment,
  letExpire,
  nowSeconds,
  pay,
  postWebhook,
  refundsOf,
  signatureOf,
  tellingOf,
} from './support/payments.ts';
import { auditEvents, executionsOf, readHead, slugOwner } from './support/records.ts';
import { confirm, postSignup, readStatus, type Signup, signUp, untilOnboarded } from './support/signups.ts';
import { until } from './support/until.ts';
import { world } from './support/world.ts';

/* Tiers with a price: paid before they are provisioned, billed beside it. The provider is localstripe, so a deployed account has no part in this. */

const signUpToPay = () => signUp({ tier: 'business' });
const typesOf = async (tenantId: string) => (await auditEvents(tenantId)).map(({ type }) => type);
const paymentOf = async (tenantId: string) => (await readHead(tenantId)).payment as TenantPayment;
const isPaid = ({ tenantId }: Signup) =>
  until(`The payment of ${tenantId}`, async () => (await readHead(tenantId)).conditionsMet.paid !== undefined);
const succeeded = { type: 'payment_intent.succeeded' } as const;
const failed = { type: 'payment_intent.payment_failed' } as const;

(world.kind === 'local' ? describe : describe.skip)('a tier with a price', () => {
  test('paid and confirmed, comes to ACTIVE and gets its subscription', async () => {
    const signup = await signUpToPay();
    const { tenantId } = signup;
    expect(dueOf(signup)).toEqual({
      amountMinorUnits: 4900,
      currency: 'eur',
      paymentIntentId: expect.stringMatching(/^pi_/),
      clientSecret: expect.stringMatching(/^pi_\w+_secret_/),
    });
    await confirm(signup);
    expect(await readStatus(signup)).toMatchObject({ status: 'PENDING', next: [{ action: 'pay', payment: { amountMinorUnits: 4900 } }] });
    expect(await pay(signup, 'succeeds')).toBe(200);
    await untilOnboarded(signup);
    const subscriptionId = await until('The subscription', async () => (await readHead(tenantId)).subscriptionId);
    const { customers, payments, subscriptions } = await atProvider(tenantId);
    expect([customers.length, payments.length]).toEqual([1, 1]);
    expect(subscriptions).toMatchObject([{ id: subscriptionId, status: 'trialing' }]);
    // Nothing of the person goes to the provider.
    expect(JSON.stringify({ customers, payments })).not.toContain(signup.request.administrator.email);
    const events = await auditEvents(tenantId);
    expectWholeChain(events);
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['PaymentRequested', 'PaymentSucceeded', 'SubscriptionCreated']));
    expect(JSON.stringify(events)).not.toContain('_secret_');
    expect(JSON.stringify(await readHead(tenantId))).not.toContain('_secret_');
  });

  test('the same signup again asks for the same payment', async () => {
    const signup = await signUpToPay();
    expect(await postSignup(signup.request, signup.key)).toMatchObject({ status: 202, body: signup.accepted });
    const { customers, payments } = await atProvider(signup.tenantId);
    expect([customers.length, payments.length]).toEqual([1, 1]);
  });

  test('a payment whose answer was lost is found again at the provider', async () => {
    const signup = await signUpToPay();
    await forgetPayment(signup.tenantId);
    expect(await postSignup(signup.request, signup.key)).toMatchObject({ status: 202, body: signup.accepted });
    const { customers, payments } = await atProvider(signup.tenantId);
    expect([customers.length, payments.length]).toEqual([1, 1]);
  });

  test('declined, says why, stays PENDING, and may be tried again', async () => {
    const signup = await signUpToPay();
    const { tenantId } = signup;
    await confirm(signup);
    expect(await pay(signup, 'declined')).toBe(402);
    const action = await until('The reason of the decline', async () =>
      (await readStatus(signup)).next.find(({ payment }) => payment?.failure),
    );
    expect(action).toMatchObject({ action: 'pay', payment: { failure: { reason: 'The payment was declined.' } } });
    expect((await readHead(tenantId)).status).toBe('PENDING');
    expect(await pay(signup, 'succeeds')).toBe(200);
    await untilOnboarded(signup);
    expect(await typesOf(tenantId)).toEqual(expect.arrayContaining(['PaymentFailed', 'PaymentSucceeded']));
    expect((await paymentOf(tenantId)).failure).toBeUndefined();
  });

  test('paid twice, is charged once and onboarded once', async () => {
    const signup = await signUpToPay();
    const { tenantId } = signup;
    expect(await pay(signup, 'succeeds')).toBe(200);
    expect(await pay(signup, 'succeeds')).not.toBe(200);
    await isPaid(signup);
    // Told again under another id, as when the first telling's answer was lost.
    expect((await postWebhook(await tellingOf(tenantId, succeeded))).status).toBe(200);
    await confirm(signup);
    await untilOnboarded(signup);
    expect((await typesOf(tenantId)).filter((type) => type === 'PaymentSucceeded')).toHaveLength(1);
    expect(await executionsOf(tenantId)).toHaveLength(1);
    expect(await refundsOf(await paymentOf(tenantId))).toEqual([]);
  });

  test('never paid, expires, frees its slug, and can be paid no more', async () => {
    const signup = await signUpToPay();
    const { tenantId } = signup;
    await letExpire(tenantId);
    expect(await readHead(tenantId)).toMatchObject({ status: 'EXPIRED' });
    expect(await slugOwner(signup.request.slug)).toBeUndefined();
    await until('The end of the payment', async () => (await atProvider(tenantId)).payments[0]?.status === 'canceled');
    expect(await pay(signup, 'succeeds')).not.toBe(200);
  });

  test('paid but never confirmed, is paid back, once, when it expires', async () => {
    const signup = await signUpToPay();
    const { tenantId } = signup;
    await pay(signup, 'succeeds');
    await isPaid(signup);
    await letExpire(tenantId);
    await until('The refund', async () => (await typesOf(tenantId)).includes('PaymentRefunded'));
    expect(await refundsOf(await paymentOf(tenantId))).toHaveLength(1);
  });
});

(world.kind === 'local' ? describe : describe.skip)('a webhook', () => {
  test('that the provider did not sign, or signed too long ago, is refused and changes nothing', async () => {
    const { tenantId } = await signUpToPay();
    const body = await tellingOf(tenantId, succeeded);
    const before = await readHead(tenantId);
    const forgeries = [
      signatureOf(body, { secret: 'whsec_of_somebody_else' }),
      signatureOf(`${body} `),
      signatureOf(body, { at: nowSeconds() - 301 }),
      signatureOf(body).replace('v1=', 'v0='),
      't=,v1=',
      'nonsense',
    ];
    for (const signature of forgeries) expectProblem(await postWebhook(body, signature), 'signature-invalid');
    expect(await readHead(tenantId)).toEqual(before);
    // The same body, rightly signed, is taken: nothing else was wrong with it.
    expect((await postWebhook(body)).status).toBe(200);
    expect((await readHead(tenantId)).conditionsMet.paid).toBeDefined();
  });

  test('that is replayed, or comes after what it was overtaken by, changes nothing', async () => {
    const { tenantId } = await signUpToPay();
    const tell = async (body: string) => expect((await postWebhook(body)).status).toBe(200);
    const decline = await tellingOf(tenantId, { ...failed, created: nowSeconds() - 20 });
    await tell(decline);
    const declined = await readHead(tenantId);
    expect(declined.payment?.failure?.reason).toBe('The payment was declined.');
    await tell(decline);
    await tell(await tellingOf(tenantId, { ...failed, created: nowSeconds() - 60 }));
    expect(await readHead(tenantId)).toEqual(declined);
    const success = await tellingOf(tenantId, succeeded);
    await tell(success);
    const paid = await readHead(tenantId);
    expect(paid.payment?.failure).toBeUndefined();
    await tell(success);
    await tell(await tellingOf(tenantId, { ...failed, created: nowSeconds() }));
    expect(await readHead(tenantId)).toEqual(paid);
  });

  test('of a tenant that is not here, or of no tenant, is taken and changes nothing', async () => {
    const { tenantId } = await signUpToPay();
    const body = await tellingOf(tenantId, succeeded);
    for (const other of ['99999999-9999-4999-8999-999999999999', 'no-tenant'])
      expect((await postWebhook(body.replaceAll(tenantId, other))).status).toBe(200);
  });
});
