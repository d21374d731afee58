import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { handler as confirmSignup } from '../../../../lambdas/api/confirm-signup.ts';
import { handler } from '../../../../lambdas/events/expire-signups.ts';
import { handler as sendConfirmation } from '../../../../lambdas/events/send-confirmation.ts';
import { expectWholeChain } from '../../../support/chain.ts';
import { FakeStripe } from '../../../support/fake-stripe.ts';
import { changeTenant, eventsOf, mailedToken, react, signUp, signUpAndConfirm, tenantOf } from '../../../support/onboarding.ts';
import { newPayingWorld } from '../../../support/payments.ts';
import { context, send } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { awsError, newWorld, tables, type World } from '../../../support/world.ts';

const output = collectOutput();
const day = 86_400_000;
let world: World;
beforeEach(() => {
  world = newWorld();
});
const expire = () => (handler as (event: unknown, context: unknown) => Promise<{ expired: number; failed: number }>)({}, context());

test('ends what was not confirmed in time, with its event, frees the slug and erases who signed up', async () => {
  const { tenantId } = await signUp({ slug: 'wanted' });
  world.advance(day);
  const { tenantId: younger } = await signUp();
  world.advance(6 * day + 1);
  expect(await expire()).toEqual({ expired: 1, failed: 0 });
  expect(tenantOf(world, tenantId)).toMatchObject({ status: 'EXPIRED', revision: 2 });
  expect(eventsOf(world, tenantId).at(-1)).toMatchObject({
    type: 'SignupExpired',
    actor: { kind: 'schedule' },
    data: { from: 'PENDING', to: 'EXPIRED' },
  });
  expectWholeChain(eventsOf(world, tenantId));
  for (const table of [tables.people, tables.peopleKeys])
    expect(world.database.all(table).map((item) => item['tenantId'])).toEqual([younger]);
  expect((await signUp({ slug: 'wanted' })).tenantId).not.toBe(tenantId);
});

test('leaves alone what has time, what is confirmed and what has ended', async () => {
  const confirmed = await signUpAndConfirm(world);
  world.advance(7 * day);
  const { tenantId: young } = await signUp();
  world.advance(6 * day);
  expect(await expire()).toEqual({ expired: 0, failed: 0 });
  expect([tenantOf(world, confirmed).status, tenantOf(world, young).status]).toEqual(['PROVISIONING', 'PENDING']);
  world.advance(2 * day);
  expect(await expire()).toEqual({ expired: 1, failed: 0 });
  expect(await expire()).toEqual({ expired: 0, failed: 0 });
});

test('goes through all pages of all shards', async () => {
  for (let count = 0; count < 40; count += 1) await signUp();
  world.database.pageSize = 3;
  world.advance(8 * day);
  expect(await expire()).toEqual({ expired: 40, failed: 0 });
  expect(world.database.all(tables.tenants).filter(({ sk }) => sk === 'SLUG')).toEqual([]);
});

test('the head decides, not the index: a confirmation that came first wins', async () => {
  const { tenantId } = await signUp();
  const { statusPartition } = world.database
    .all(tables.tenants)
    .find((item) => item['tenantId'] === tenantId && item['sk'] === 'TENANT') as { statusPartition: string };
  changeTenant(world, tenantId, { status: 'PROVISIONING', statusPartition } as never);
  world.advance(8 * day);
  expect(await expire()).toEqual({ expired: 0, failed: 0 });
  expect(tenantOf(world, tenantId).status).toBe('PROVISIONING');
});

test('a confirmation and the expiry at the same moment: one of them happens, as a whole', async () => {
  const { tenantId } = await signUp();
  await react(sendConfirmation, tenantId);
  world.advance(7 * day - 1);
  const { reached, release } = world.hold('TransactWrite');
  const confirmation = send(confirmSignup, 'ConfirmSignup', { path: { tenantId }, body: { token: mailedToken(world) } });
  await reached;
  world.advance(2);
  expect(await expire()).toEqual({ expired: 1, failed: 0 });
  release();
  expect((await confirmation).status).toBe(410);
  expect(tenantOf(world, tenantId)).toMatchObject({ status: 'EXPIRED', conditionsMet: {} });
  expect(eventsOf(world, tenantId).map(({ type }) => type)).toEqual(['SignedUp', 'SignupExpired']);
});

test('one that fails does not keep the others waiting, and fails the invocation, so that somebody is told', async () => {
  for (let count = 0; count < 3; count += 1) await signUp();
  world.advance(8 * day);
  world.fail('TransactWrite', awsError('ThrottlingException'));
  await expect(expire()).rejects.toThrow(/1 signups could not be ended/);
  expect(output()).toContain('"errorName":"ThrottlingException"');
  expect(world.database.all(tables.tenants).filter(({ status }) => status === 'EXPIRED')).toHaveLength(2);
  expect(await expire()).toEqual({ expired: 1, failed: 0 });
});

test('never frees a slug that another tenant has', async () => {
  const { tenantId } = await signUp({ slug: 'moved' });
  world.database.place(tables.tenants, { pk: 'SLUG#moved', sk: 'SLUG', tenantId: '99999999-9999-4999-8999-999999999999' });
  world.advance(8 * day);
  await expect(expire()).rejects.toThrow();
  expect(world.database.get({ TableName: tables.tenants, Key: { pk: 'SLUG#moved', sk: 'SLUG' } }).Item).toBeDefined();
  expect(tenantOf(world, tenantId).status).toBe('PENDING');
});

describe('a signup that has a payment', () => {
  const billing = 'https://sqs.example.com/billing';
  const asked = () => world.messages.filter(({ queueUrl }) => queueUrl === billing).map(({ body }) => JSON.parse(body).tenantId);
  let stripe: FakeStripe;
  let tenantId: string;
  beforeAll(async () => {
    stripe = await FakeStripe.start();
  });
  afterAll(() => stripe.stop());
  beforeEach(async () => {
    world = newPayingWorld(stripe);
    ({ tenantId } = await signUp({ tier: 'business' }));
    world.advance(8 * day);
  });

  test('is settled, and one that has none is not', async () => {
    const { tenantId: free } = await signUp();
    world.advance(8 * day);
    expect(await expire()).toEqual({ expired: 2, failed: 0 });
    expect(tenantOf(world, free).status).toBe('EXPIRED');
    expect(asked()).toEqual([tenantId]);
  });

  test('does not end unless that was asked for', async () => {
    world.fail('SendMessage', awsError('ThrottlingException'));
    await expect(expire()).rejects.toThrow('1 signups');
    expect(tenantOf(world, tenantId).status).toBe('PENDING');
    expect(await expire()).toEqual({ expired: 1, failed: 0 });
    expect(asked()).toEqual([tenantId]);
  });

  test('that could not be ended is asked for again by the next run', async () => {
    world.fail('TransactWrite', awsError('AccessDeniedException'));
    await expect(expire()).rejects.toThrow('1 signups');
    expect(await expire()).toEqual({ expired: 1, failed: 0 });
    expect(asked()).toEqual([tenantId, tenantId]);
  });

  test('and was paid in the meantime goes on', async () => {
    const { reached, release } = world.hold('SendMessage');
    const run = expire();
    await reached;
    changeTenant(world, tenantId, { status: 'PROVISIONING', chain: { ...tenantOf(world, tenantId).chain, seq: 9 } });
    release();
    expect(await run).toEqual({ expired: 0, failed: 0 });
    expect(tenantOf(world, tenantId).status).toBe('PROVISIONING');
  });
});
