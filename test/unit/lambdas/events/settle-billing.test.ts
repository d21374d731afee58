import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import { handler } from '../../../../lambdas/events/settle-billing.ts';
import { runtime } from '../../../../lambdas/shared/runtime.ts';
import type { Fault } from '../../../support/fake-stripe.ts';
import { changeTenant, eventsOf, signUp, tenantOf } from '../../../support/onboarding.ts';
import { beginPaying, stripe, world } from '../../../support/payments.ts';
import { context } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { awsError } from '../../../support/world.ts';

const output = collectOutput();
beginPaying();

async function paidTenant(): Promise<string> {
  const { tenantId } = await signUp({ tier: 'business' });
  changeTenant(world, tenantId, { status: 'ACTIVE', conditionsMet: { paid: '2026-01-31T10:00:00.000Z' } });
  return tenantId;
}

/** Hands messages over as Lambda does; each body is a message. */
function deliver(bodies: string[], receivedTimes = 1): Promise<SQSBatchResponse> {
  const Records = bodies.map((body, place) => ({
    messageId: `m${place + 1}`,
    receiptHandle: `r${place + 1}`,
    body,
    attributes: { ApproximateReceiveCount: String(receivedTimes) },
  }));
  return (handler as unknown as (event: object, context: Context) => Promise<SQSBatchResponse>)({ Records }, context());
}
const messageOf = (tenantId: string) => JSON.stringify({ tenantId });
const none = { batchItemFailures: [] };
const again = (...ids: string[]) => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });

test('makes the one subscription, charged first when the paid month is over, and notes its id', async () => {
  const tenantId = await paidTenant();
  expect(await deliver([messageOf(tenantId), messageOf(tenantId)])).toEqual(none);
  expect(await deliver([messageOf(tenantId)], 2)).toEqual(none);
  const [subscription, ...others] = stripe.of('subscriptions', tenantId);
  expect(others).toEqual([]);
  // The 31st of January and a month: the last of February.
  expect(subscription).toMatchObject({ trial_end: String(Date.parse('2026-02-28T10:00:00Z') / 1000), default_payment_method: 'pm_1' });
  expect(tenantOf(world, tenantId).subscriptionId).toBe(subscription?.id);
  expect(eventsOf(world, tenantId).filter(({ type }) => type === 'SubscriptionCreated')).toHaveLength(1);
});

describe('when a call to the provider fails', () => {
  const faults: Fault[] = ['cut', 'lose answer', { status: 500, error: {} }, { status: 429, error: {} }];
  const calls = ['GET /v1/subscriptions', 'POST /v1/plans', 'POST /v1/subscriptions'];
  test.each(calls.flatMap((call) => faults.map((fault) => [call, fault] as const)))(
    '%s, %j: the message comes again, and makes one subscription',
    async (call, fault) => {
      const tenantId = await paidTenant();
      stripe.fault = (said) => (said === call ? fault : undefined);
      const first = await deliver([messageOf(tenantId)]);
      // A plan whose making was not answered is found the next moment.
      expect(first).toEqual(call === 'POST /v1/plans' && fault === 'lose answer' ? none : again('m1'));
      stripe.fault = () => undefined;
      stripe.answers.clear();
      expect(await deliver([messageOf(tenantId)], 2)).toEqual(none);
      expect(stripe.of('subscriptions', tenantId)).toHaveLength(1);
      expect(world.messages).toEqual([]);
    },
  );

  test('it waits longer each time, from seconds to an hour', async () => {
    const tenantId = await paidTenant();
    runtime.random = () => 1;
    stripe.fault = () => 'cut';
    for (const received of [1, 2, 3, 10, 20]) await deliver([messageOf(tenantId)], received);
    expect(world.waits).toEqual([5, 10, 20, 2_560, 3_600]);
  });

  test('one tenant’s trouble keeps no other waiting', async () => {
    const [one, other] = [await paidTenant(), await paidTenant()];
    const before = stripe.requests.length;
    stripe.fault = () => (stripe.requests.length === before + 1 ? { status: 500, error: {} } : undefined);
    expect(await deliver([messageOf(one), messageOf(other)])).toEqual(again('m1'));
    expect([tenantOf(world, one).subscriptionId, tenantOf(world, other).subscriptionId]).toEqual([undefined, expect.any(String)]);
  });
});

test.each([
  [
    'a declined card',
    { status: 402, error: { type: 'card_error', code: 'card_declined' } },
    { class: 'needs input', error: 'StripeCardError' },
  ],
  ['a wrong request', { status: 400, error: { type: 'invalid_request_error' } }, { class: 'bug', error: 'StripeInvalidRequestError' }],
  ['a key that may not', { status: 403, error: { type: 'invalid_request_error' } }, { class: 'bug', error: 'StripePermissionError' }],
])('%s is not tried again: it goes to the dead letters with what it was', async (_, fault, why) => {
  const tenantId = await paidTenant();
  stripe.fault = (said) => (said === 'POST /v1/subscriptions' ? fault : undefined);
  expect(await deliver([messageOf(tenantId)])).toEqual(none);
  expect(world.messages).toEqual([
    {
      queueUrl: 'https://sqs.example.com/billing-dead-letters',
      body: messageOf(tenantId),
      attributes: { ...why, operation: 'Stripe.createSubscription' },
    },
  ]);
});

test('a message that names no tenant, and a tenant that has not paid, go there too', async () => {
  const { tenantId } = await signUp({ tier: 'business' });
  changeTenant(world, tenantId, { status: 'ACTIVE' });
  expect(await deliver(['not JSON', messageOf(tenantId)])).toEqual(none);
  expect(world.messages.map(({ attributes }) => attributes['error'])).toEqual(['InvalidInput', 'InvalidInput']);
});

const payment = (tenantId: string) => stripe.of('payment_intents', tenantId)[0] as { status?: unknown };
const typesOf = (tenantId: string) => eventsOf(world, tenantId).map(({ type }) => type);
const count = (type: string, tenantId: string) => typesOf(tenantId).filter((each) => each === type).length;

describe.each(['EXPIRED', 'ABANDONED'] as const)('a tenant that is %s', (status) => {
  let tenantId: string;
  beforeEach(async () => {
    tenantId = await paidTenant();
  });
  const end = () => changeTenant(world, tenantId, { status });

  test('has nothing to pay any more, however often it is asked', async () => {
    end();
    expect(await deliver([messageOf(tenantId)])).toEqual(none);
    expect(await deliver([messageOf(tenantId)])).toEqual(none);
    expect(payment(tenantId).status).toBe('canceled');
    expect(stripe.refunds()).toEqual([]);
  });

  test('gets back, once, what it paid', async () => {
    end();
    payment(tenantId).status = 'succeeded';
    expect(await deliver([messageOf(tenantId), messageOf(tenantId)])).toEqual(none);
    expect(stripe.refunds()).toHaveLength(1);
    expect(count('PaymentRefunded', tenantId)).toBe(1);
  });

  test('gets back what it paid at the very moment of canceling', async () => {
    end();
    stripe.fault = (said) => {
      if (said.endsWith('/cancel')) payment(tenantId).status = 'succeeded';
      return undefined;
    };
    expect(await deliver([messageOf(tenantId)])).toEqual(none);
    expect(stripe.refunds()).toHaveLength(1);
  });

  test('loses its subscription, once', async () => {
    await deliver([messageOf(tenantId)]);
    end();
    expect(await deliver([messageOf(tenantId), messageOf(tenantId)])).toEqual(none);
    expect(stripe.of('subscriptions', tenantId).map((each) => each['status'])).toEqual(['canceled']);
    expect(tenantOf(world, tenantId).subscriptionId).toBeUndefined();
    expect(count('SubscriptionCanceled', tenantId)).toBe(1);
  });

  test('loses a subscription that was being made as it ended', async () => {
    stripe.fault = (said) => {
      if (said === 'POST /v1/subscriptions') end();
      return undefined;
    };
    expect(await deliver([messageOf(tenantId)])).toEqual(none);
    expect(stripe.of('subscriptions', tenantId).map((each) => each['status'])).toEqual(['canceled']);
    expect(payment(tenantId).status).toBe('canceled');
  });

  test('loses a subscription whose making nobody noted', async () => {
    stripe.fault = (said) => (said === 'POST /v1/subscriptions' ? 'lose answer' : undefined);
    expect(await deliver([messageOf(tenantId)])).toEqual(again('m1'));
    stripe.fault = () => undefined;
    end();
    expect(await deliver([messageOf(tenantId)])).toEqual(none);
    expect(stripe.of('subscriptions', tenantId).map((each) => each['status'])).toEqual(['canceled']);
  });

  test.each(['GET /v1/subscriptions', 'DELETE /v1/subscriptions/', 'GET /v1/payment_intents/', 'GET /v1/refunds', 'POST /v1/refunds'])(
    'is settled later when the provider is away at %s',
    async (call) => {
      await deliver([messageOf(tenantId)]);
      payment(tenantId).status = 'succeeded';
      end();
      for (const fault of ['cut', 'lose answer'] as const) {
        stripe.fault = (said) => (said.startsWith(call) ? fault : undefined);
        expect(await deliver([messageOf(tenantId)])).toEqual(again('m1'));
        stripe.answers.clear();
      }
      stripe.fault = () => undefined;
      expect(await deliver([messageOf(tenantId)])).toEqual(none);
      expect(stripe.of('subscriptions', tenantId).map((each) => each['status'])).toEqual(['canceled']);
      expect(stripe.refunds()).toHaveLength(1);
      expect([count('PaymentRefunded', tenantId), count('SubscriptionCanceled', tenantId)]).toEqual([1, 1]);
    },
  );
});

test('a tenant that was there, and is gone, loses its subscription and keeps what it had for its money', async () => {
  const tenantId = await paidTenant();
  await deliver([messageOf(tenantId)]);
  payment(tenantId).status = 'succeeded';
  changeTenant(world, tenantId, { status: 'DEPROVISIONED' });
  expect(await deliver([messageOf(tenantId)])).toEqual(none);
  expect(stripe.of('subscriptions', tenantId).map((each) => each['status'])).toEqual(['canceled']);
  expect(stripe.refunds()).toEqual([]);
});

test('a signup that is about to expire is waited for; one that has time, or has nothing to pay, is left alone', async () => {
  const { tenantId } = await signUp({ tier: 'business' });
  const { tenantId: free } = await signUp();
  expect(await deliver([messageOf(tenantId)])).toEqual(none);
  expect(payment(tenantId).status).toBe('requires_payment_method');
  world.advance(8 * 86_400_000);
  expect(await deliver([messageOf(tenantId)])).toEqual(again('m1'));
  for (const each of [tenantId, free]) changeTenant(world, each, { status: 'EXPIRED' });
  expect(await deliver([messageOf(tenantId), messageOf(free)])).toEqual(none);
  expect(payment(tenantId).status).toBe('canceled');
});

test('a tenant that is being taken away, or is unknown, is not billed', async () => {
  const tenantId = await paidTenant();
  changeTenant(world, tenantId, { status: 'DEPROVISIONING' });
  expect(await deliver([messageOf(tenantId), messageOf('99999999-9999-4999-8999-999999999999')])).toEqual(none);
  expect(stripe.of('subscriptions', tenantId)).toEqual([]);
});

test('a message that can be neither put off nor given up stays in the queue, and the log says so', async () => {
  world.fail('SendMessage', awsError('AccessDenied'));
  expect(await deliver(['not a message'])).toEqual(again('m1'));
  expect(output()).toMatch(/"errorName":"AccessDenied"/);
  expect(world.messages).toEqual([]);
});
