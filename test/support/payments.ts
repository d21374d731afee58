import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { handler as receiveWebhook } from '../../lambdas/api/receive-payment-webhook.ts';
import { runtime } from '../../lambdas/shared/runtime.ts';
import { FakeStripe } from './fake-stripe.ts';
import { tenantOf } from './onboarding.ts';
import { send } from './requests.ts';
import { newWorld, type World } from './world.ts';

/* Payments as the handlers meet them: a world whose payment provider is there. */

export let stripe: FakeStripe;
export let world: World;

/** Has each test of a file begin with an empty provider and an empty world. */
export function beginPaying(): void {
  beforeAll(async () => {
    stripe = await FakeStripe.start();
  });
  afterAll(() => stripe.stop());
  beforeEach(() => {
    world = newPayingWorld(stripe);
  });
}

export function newPayingWorld(stripe: FakeStripe): World {
  stripe.clear();
  const world = newWorld();
  world.secrets.payment = stripe.secret;
  return world;
}

export interface Telling {
  readonly type?: string;
  readonly eventId?: string;
  /** Seconds before now. */
  readonly secondsAgo?: number;
  readonly object?: Record<string, unknown>;
}

/** What Stripe tells of a tenant's payment, which succeeded unless said. */
export function tellingOf(
  world: World,
  tenantId: string,
  { type = 'payment_intent.succeeded', eventId = 'evt_1', secondsAgo = 0, object = {} }: Telling = {},
) {
  const payment = tenantOf(world, tenantId).payment;
  const { paymentIntentId: id = 'pi_unknown', amountMinorUnits: amount = 4900, currency = 'eur' } = payment ?? {};
  const created = Math.floor(runtime.now().getTime() / 1000) - secondsAgo;
  const data = { object: { id, amount, currency, metadata: { tenantId }, ...object } };
  return JSON.stringify({ id: eventId, object: 'event', type, created, data });
}

/** Posts a webhook as API Gateway hands it over. */
export const postWebhook = (stripe: FakeStripe, body: string, signature = stripe.sign(body, runtime.now().getTime())) =>
  send(receiveWebhook, 'ReceivePaymentWebhook', { headers: { 'Stripe-Signature': signature }, body });
