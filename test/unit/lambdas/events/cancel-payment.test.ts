import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { handler } from '../../../../lambdas/events/cancel-payment.ts';
import { FakeStripe } from '../../../support/fake-stripe.ts';
import { changeTenant, eventsOf, react, signUp } from '../../../support/onboarding.ts';
import { newPayingWorld } from '../../../support/payments.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import type { World } from '../../../support/world.ts';

collectOutput();
const done = { batchItemFailures: [] };
let stripe: FakeStripe;
let world: World;
let tenantId: string;
beforeAll(async () => {
  stripe = await FakeStripe.start();
});
afterAll(() => stripe.stop());
beforeEach(async () => {
  world = newPayingWorld(stripe);
  ({ tenantId } = await signUp({ tier: 'business' }));
});
const payment = () => stripe.of('payment_intents', tenantId)[0] as { status?: unknown };
const expire = () => changeTenant(world, tenantId, { status: 'EXPIRED' });

test('cancels the payment of a signup that has expired, however often the record comes', async () => {
  expire();
  expect(await react(handler, tenantId)).toEqual(done);
  expect(await react(handler, tenantId)).toEqual(done);
  expect(payment().status).toBe('canceled');
  expect(stripe.refunds()).toEqual([]);
});

test('pays back, once, what was paid', async () => {
  expire();
  payment().status = 'succeeded';
  expect(await react(handler, tenantId, tenantId)).toEqual(done);
  expect(stripe.refunds()).toHaveLength(1);
  expect(eventsOf(world, tenantId).filter(({ type }) => type === 'PaymentRefunded')).toHaveLength(1);
});

test('pays back what was paid at the very moment of canceling', async () => {
  expire();
  stripe.fault = (said) => {
    if (said.endsWith('/cancel')) payment().status = 'succeeded';
    return undefined;
  };
  expect(await react(handler, tenantId)).toEqual(done);
  expect(stripe.refunds()).toHaveLength(1);
});

test('is tried again when the provider is away', async () => {
  expire();
  stripe.fault = () => 'cut';
  expect(await react(handler, tenantId)).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
  stripe.fault = () => undefined;
  expect(await react(handler, tenantId)).toEqual(done);
  expect(payment().status).toBe('canceled');
});

test('leaves a signup alone that has not expired, or has nothing to pay', async () => {
  const { tenantId: free } = await signUp();
  changeTenant(world, free, { status: 'EXPIRED' });
  expect(await react(handler, tenantId, free)).toEqual(done);
  expect(payment().status).toBe('requires_payment_method');
});
