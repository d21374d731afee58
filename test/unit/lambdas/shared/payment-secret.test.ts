import { expect, test } from '@jest/globals';
import { paymentSecret } from '../../../../lambdas/shared/payment-secret.ts';
import { beginPaying, world } from '../../../support/payments.ts';

beginPaying();

const minute = 60_000;
const newKey = () => JSON.stringify({ apiKey: `sk_test_${Math.random()}`, webhookSigningSecret: 'whsec_another' });

test.each([20, -20])('a new key of the payment provider is heard of, also when the clock says %i minutes later', async (minutes) => {
  await paymentSecret();
  world.secrets.payment = newKey();
  world.advance(minutes * minute);
  expect(await paymentSecret()).toEqual(JSON.parse(world.secrets.payment));
});

test('is not asked for by each call', async () => {
  const first = await paymentSecret();
  world.secrets.payment = newKey();
  world.advance(minute);
  expect(await paymentSecret()).toBe(first);
});
