import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { handler } from '../../../../lambdas/api/get-tenant.ts';
import { stepsOf } from '../../../../lambdas/shared/catalog.ts';
import { settleBilling } from '../../../../lambdas/shared/settlement.ts';
import type { TenantPayment } from '../../../../lambdas/shared/tenants.ts';
import { FakeStripe, type Thing } from '../../../support/fake-stripe.ts';
import { changeTenant, onboardedTenant, runStep, signUp, tenantBefore, tenantOf } from '../../../support/onboarding.ts';
import { newPayingWorld, postWebhook, tellingOf } from '../../../support/payments.ts';
import { send, staffClaims } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { awsError, newWorld } from '../../../support/world.ts';

const starterSteps = stepsOf('starter');

collectOutput();
let stripe: FakeStripe;
beforeAll(async () => {
  stripe = await FakeStripe.start();
});
afterAll(() => stripe.stop());
const get = (tenantId: string) => send(handler, 'GetTenant', { path: { tenantId }, claims: staffClaims });

test('shows staff a tenant with each step of its run', async () => {
  const world = newWorld();
  const tenantId = await onboardedTenant(world);
  const { status, body, text } = await get(tenantId);
  expect(status).toBe(200);
  const { run, administratorUsername } = tenantOf(world, tenantId);
  expect(body).toMatchObject({ tenantId, status: 'ACTIVE', revision: 3, run, administratorUsername });
  expect(body.steps.map(({ step, state }: { step: string; state: string }) => `${step} ${state}`)).toEqual(
    starterSteps.map((step) => `${step} SUCCEEDED`),
  );
  expect(text).not.toMatch(/kanarienvogel|[tT]okenHash|signupKeyHash/i);
});

test('shows staff what failed: its class, the error and the operation that was refused', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'CreateAdminUser');
  world.fail('AdminCreateUser', awsError('LimitExceededException'));
  await expect(runStep(world, 'CreateAdminUser', tenantId, { redriveCount: 1 })).rejects.toThrow();
  const { body } = await get(tenantId);
  const failed = starterSteps.indexOf('CreateAdminUser');
  expect(body.steps[failed]).toMatchObject({
    step: 'CreateAdminUser',
    state: 'FAILED',
    attempt: 1,
    redriveCount: 1,
    failure: { class: 'quota', error: 'LimitExceededException' },
  });
  expect(body.steps[failed + 1]).toMatchObject({ step: starterSteps[failed + 1], state: 'WAITING', attempt: 0 });
});

test('shows a signup that waits, with the day it expires', async () => {
  newWorld();
  const { tenantId } = await signUp();
  expect((await get(tenantId)).body).toMatchObject({ status: 'PENDING', expiresAt: '2026-11-27T08:00:00.000Z' });
});

describe('what a tenant pays', () => {
  test('is shown with the ids of the provider and what came of it, and nothing with which anybody could pay', async () => {
    const world = newPayingWorld(stripe);
    const { tenantId } = await signUp({ tier: 'business' });
    const { customerId, paymentIntentId } = tenantOf(world, tenantId).payment as TenantPayment;
    const due = { customerId, paymentIntentId, amountMinorUnits: 4_900, currency: 'eur' };
    expect((await get(tenantId)).body.billing).toEqual({ ...due, payment: 'REQUESTED' });
    await postWebhook(stripe, tellingOf(world, tenantId, { type: 'payment_intent.payment_failed' }));
    const failure = { reason: 'The payment was declined.', at: '2026-11-20T08:00:00.000Z' };
    expect((await get(tenantId)).body.billing).toEqual({ ...due, payment: 'FAILED', failure });
    await postWebhook(stripe, tellingOf(world, tenantId, { eventId: 'evt_2' }));
    expect((await get(tenantId)).body.billing).toEqual({ ...due, payment: 'PAID', paidAt: '2026-11-20T08:00:00.000Z' });
    changeTenant(world, tenantId, { status: 'ACTIVE' });
    await settleBilling(tenantId);
    const { subscriptionId } = tenantOf(world, tenantId);
    const { body, text } = await get(tenantId);
    expect(body.billing).toMatchObject({ payment: 'PAID', subscriptionId });
    expect(text).not.toMatch(/secret/i);
    (stripe.of('payment_intents', tenantId)[0] as Thing)['status'] = 'succeeded';
    changeTenant(world, tenantId, { status: 'ABANDONED' });
    await settleBilling(tenantId);
    expect((await get(tenantId)).body.billing).toEqual({ ...due, payment: 'PAID_BACK', paidAt: '2026-11-20T08:00:00.000Z' });
  });

  test('is canceled when the signup ends before it is paid', async () => {
    const world = newPayingWorld(stripe);
    const { tenantId } = await signUp({ tier: 'business' });
    await postWebhook(stripe, tellingOf(world, tenantId, { type: 'payment_intent.payment_failed' }));
    changeTenant(world, tenantId, { status: 'EXPIRED' });
    expect((await get(tenantId)).body.billing).toMatchObject({ payment: 'CANCELED' });
  });

  test('is not shown of a tenant that pays nothing', async () => {
    newWorld();
    const { tenantId } = await signUp();
    expect((await get(tenantId)).body).not.toHaveProperty('billing');
  });
});

test('reads every page of a tenant’s records', async () => {
  const world = newWorld();
  const tenantId = await onboardedTenant(world);
  world.database.pageSize = 2;
  const { body } = await get(tenantId);
  expect(body.steps.filter(({ state }: { state: string }) => state === 'SUCCEEDED')).toHaveLength(starterSteps.length);
});

test('an unknown tenant is 404', async () => {
  newWorld();
  expect((await get('99999999-9999-4999-8999-999999999999')).status).toBe(404);
});
