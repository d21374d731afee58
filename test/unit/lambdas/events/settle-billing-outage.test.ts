import { beforeEach, expect, test } from '@jest/globals';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import { handler } from '../../../../lambdas/events/settle-billing.ts';
import { runtime } from '../../../../lambdas/shared/runtime.ts';
import type { Fault } from '../../../support/fake-stripe.ts';
import { changeTenant, eventsOf, signUp, tenantOf } from '../../../support/onboarding.ts';
import { beginPaying, stripe, world } from '../../../support/payments.ts';
import { context } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { VirtualQueue } from '../../../support/virtual-queue.ts';

/* The provider is away for hours, in time that passes at once. What the queue is set to is held by test/definitions/functions.test.ts. */

collectOutput();
const hour = 3_600;
// Not a connection that is cut: the SDK tries that again by itself, in time that does pass.
const away: Fault = { status: 503, error: {} };
beginPaying();
let queue: VirtualQueue;
let tenantId: string;
beforeEach(async () => {
  const settle = (event: object) =>
    (handler as unknown as (event: object, context: Context) => Promise<SQSBatchResponse>)(event, context());
  queue = new VirtualQueue(world, settle, { maxReceiveCount: 20, visibilitySeconds: 360 });
  ({ tenantId } = await signUp({ tier: 'business' }));
  changeTenant(world, tenantId, { status: 'ACTIVE', conditionsMet: { paid: '2026-11-20T08:00:00.000Z' } });
  queue.send(JSON.stringify({ tenantId }));
});
const subscriptions = () => stripe.of('subscriptions', tenantId).map(({ id }) => id);

/** After the outage: the one subscription, noted once, and nothing left over. */
function expectBilledOnce(): void {
  expect(subscriptions()).toEqual([tenantOf(world, tenantId).subscriptionId]);
  expect(eventsOf(world, tenantId).filter(({ type }) => type === 'SubscriptionCreated')).toHaveLength(1);
  expect([queue.length, queue.deadLetters]).toEqual([0, []]);
}

// The waits are chance between a half and the whole of what they are at most.
test.each([
  ['shortest', 0],
  ['longest', 1],
])('an hour without the provider and the %s waits: tried again and again, then billed once', async (_, chance) => {
  runtime.random = () => chance;
  stripe.fault = () => away;
  for (let minute = 0; minute < 60; minute += 1) {
    await queue.pass(60);
    expect(tenantOf(world, tenantId).status).toBe('ACTIVE');
    expect([subscriptions(), queue.length]).toEqual([[], 1]);
  }
  stripe.fault = () => undefined;
  // The next try is never further away than the longest wait.
  expect(await queue.pass(hour)).toBe(1);
  expectBilledOnce();
  expect(await queue.pass(24 * hour)).toBe(0);
});

test('five hours are survived with the shortest waits', async () => {
  runtime.random = () => 0;
  stripe.fault = () => away;
  await queue.pass(5 * hour);
  expect(queue.deadLetters).toEqual([]);
  stripe.fault = () => undefined;
  await queue.pass(hour);
  expectBilledOnce();
});

test('what lies in the dead letters after a longer outage is billed once when it is put back', async () => {
  stripe.fault = (said) => (said === 'POST /v1/subscriptions' ? 'lose answer' : undefined);
  // The first try makes the subscription and does not hear of it; then the provider is away.
  await queue.pass(1);
  expect(subscriptions()).toHaveLength(1);
  stripe.fault = () => away;
  await queue.pass(24 * hour);
  expect(queue.deadLetters).toEqual([JSON.stringify({ tenantId })]);
  expect(queue.length).toBe(0);
  stripe.fault = () => undefined;
  stripe.answers.clear();
  queue.moveBack();
  await queue.pass(1);
  expectBilledOnce();
});
