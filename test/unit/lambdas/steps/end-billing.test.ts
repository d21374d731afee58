import { expect, test } from '@jest/globals';
import { settleBilling } from '../../../../lambdas/shared/settlement.ts';
import { abandon, changeTenant, eventsOf, runStep, signUp, stepRecord } from '../../../support/onboarding.ts';
import { beginPaying, postWebhook, stripe, tellingOf, world } from '../../../support/payments.ts';
import { collectOutput } from '../../../support/standard-output.ts';

collectOutput();
beginPaying();

const payment = (tenantId: string) => stripe.of('payment_intents', tenantId)[0];

test('cancels a payment that nobody has made', async () => {
  const { tenantId } = await signUp({ tier: 'business' });
  await abandon(tenantId);
  expect(await runStep(world, 'EndBilling', tenantId)).toEqual({ notUndone: [] });
  expect(payment(tenantId)).toMatchObject({ status: 'canceled' });
});

test('ends the subscription and pays back what was paid, once however often it is run', async () => {
  const { tenantId } = await signUp({ tier: 'business' });
  Object.assign(payment(tenantId) as object, { status: 'succeeded' });
  expect((await postWebhook(stripe, tellingOf(world, tenantId))).status).toBe(200);
  changeTenant(world, tenantId, { status: 'PROVISIONING' });
  await settleBilling(tenantId);
  expect(stripe.of('subscriptions', tenantId)).toHaveLength(1);
  await abandon(tenantId);
  world.fail('TransactWrite', new Error('cut off'));
  for (let time = 0; time < 3; time += 1) await runStep(world, 'EndBilling', tenantId, { retryCount: time }).catch(() => undefined);
  expect(stepRecord(world, tenantId, 'EndBilling')).toMatchObject({ state: 'SUCCEEDED' });
  expect(stripe.of('subscriptions', tenantId)).toMatchObject([{ status: 'canceled' }]);
  expect(stripe.refunds()).toHaveLength(1);
  expect(eventsOf(world, tenantId).filter(({ type }) => type === 'PaymentRefunded')).toHaveLength(1);
});

test('asks the provider nothing for a tenant that pays nothing', async () => {
  const { tenantId } = await signUp();
  stripe.clear();
  await abandon(tenantId);
  await runStep(world, 'EndBilling', tenantId);
  expect(stripe.requests).toEqual([]);
});
