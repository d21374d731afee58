import { TransactionCanceledException, TransactionInProgressException } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { commit } from '../../../../lambdas/shared/commit.ts';
import { expectWholeChain } from '../../../support/chain.ts';
import { changeTenant, eventsOf, signUp, tenantOf } from '../../../support/onboarding.ts';
import { awsError, newWorld, tables, type World } from '../../../support/world.ts';

let world: World;
let tenantId: string;
beforeEach(async () => {
  world = newWorld();
  ({ tenantId } = await signUp());
});

const entry = { type: 'Noted', actor: { kind: 'staff', id: 'a-pseudonym' }, data: {} } as const;
const cancelled = (...codes: string[]) =>
  new TransactionCanceledException({ message: '', $metadata: {}, CancellationReasons: codes.map((Code) => ({ Code })) });

test('writes the change and its event together, and moves the chain on', async () => {
  expect(await commit({ tenantId }, () => ({ answer: 'done', tenant: { region: 'eu-west-1' }, entry }))).toBe('done');
  const events = eventsOf(world, tenantId);
  expectWholeChain(events);
  expect(tenantOf(world, tenantId)).toMatchObject({ region: 'eu-west-1', chain: { seq: 2, hash: events[1]?.hash } });
});

test('without an event writes nothing', async () => {
  const before = world.snapshot();
  expect(await commit({ tenantId }, ({ tenant }) => ({ answer: tenant.status, tenant: { region: 'eu-west-1' } }))).toBe('PENDING');
  expect(world.snapshot()).toEqual(before);
});

test('a field that becomes undefined is gone, and the others stay', async () => {
  const { slug } = tenantOf(world, tenantId);
  await commit({ tenantId }, () => ({ answer: undefined, tenant: { expiresAt: undefined }, entry }));
  expect(tenantOf(world, tenantId)).not.toHaveProperty('expiresAt');
  expect(tenantOf(world, tenantId).slug).toBe(slug);
});

test('the places in the lists follow the status', async () => {
  await commit({ tenantId }, () => ({ answer: undefined, tenant: { status: 'ABANDONED' }, entry }));
  expect(tenantOf(world, tenantId)).toMatchObject({
    statusPartition: expect.stringMatching(/^ABANDONED#[0-3]$/),
    tierPartition: expect.stringMatching(/^starter#ABANDONED#[0-3]$/),
  });
});

test('the decision is made anew on what another request has written meanwhile', async () => {
  const { reached, release } = world.hold('TransactWrite');
  const seen: (string | undefined)[] = [];
  const slow = commit({ tenantId }, ({ tenant }) => {
    seen.push(tenant.administratorUsername);
    return { answer: tenant.administratorUsername, tenant: { region: 'eu-west-1' }, entry };
  });
  await reached;
  await commit({ tenantId }, () => ({ answer: undefined, tenant: { administratorUsername: 'u-1' }, entry }));
  release();
  expect(await slow).toBe('u-1');
  expect(seen).toEqual([undefined, 'u-1']);
  expect(tenantOf(world, tenantId)).toMatchObject({ region: 'eu-west-1', administratorUsername: 'u-1', chain: { seq: 3 } });
});

test('25 changes at once all happen, one after the other', async () => {
  // Everyone who loses pauses as long as AWS advises; the world lets time pass at once.
  const outcomes = await Promise.allSettled(Array.from({ length: 25 }, () => commit({ tenantId }, () => ({ answer: 1, entry }))));
  const won = outcomes.filter(({ status }) => status === 'fulfilled').length;
  expectWholeChain(eventsOf(world, tenantId));
  expect(eventsOf(world, tenantId)).toHaveLength(1 + won);
  expect(won).toBeGreaterThanOrEqual(12);
});

describe('is tried again after', () => {
  test.each([
    ['a conflict with another transaction', cancelled('TransactionConflict', 'None')],
    ['a condition that no longer held', cancelled('ConditionalCheckFailed', 'None')],
    ['the same transaction still being in progress', new TransactionInProgressException({ message: '', $metadata: {} })],
  ])('%s', async (_, error) => {
    world.fail('TransactWrite', error);
    await commit({ tenantId }, () => ({ answer: undefined, entry }));
    expect(eventsOf(world, tenantId)).toHaveLength(2);
    expect(world.pauses).toHaveLength(1);
  });

  test('a limited number of lost races the last one is the caller’s', async () => {
    for (let time = 0; time < 50; time += 1) world.fail('TransactWrite', cancelled('TransactionConflict'));
    await expect(commit({ tenantId }, () => ({ answer: undefined, entry }))).rejects.toBeInstanceOf(TransactionCanceledException);
    expect(world.pauses).toHaveLength(11);
    expect(Math.max(...world.pauses)).toBeLessThanOrEqual(1_000);
  });
});

describe('goes through unchanged, and is not tried again:', () => {
  test.each([
    ['a throttle', awsError('ProvisionedThroughputExceededException')],
    ['a cancellation because of the throughput', cancelled('ThrottlingError', 'None')],
    ['a cancellation because of what was sent', cancelled('ValidationError', 'None')],
    ['a denial', awsError('AccessDeniedException')],
    ['a broken connection', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })],
  ])('%s', async (_, error) => {
    world.fail('TransactWrite', error);
    const before = world.snapshot();
    await expect(commit({ tenantId }, () => ({ answer: undefined, entry }))).rejects.toBe(error);
    expect(world.snapshot()).toEqual(before);
    expect(world.pauses).toEqual([]);
  });

  test('whatever the decision throws', async () => {
    const error = new Error('no');
    await expect(
      commit({ tenantId }, () => {
        throw error;
      }),
    ).rejects.toBe(error);
  });
});

test('an unknown tenant is a NotAllowed', async () => {
  await expect(commit({ tenantId: '99999999-9999-4999-8999-999999999999' }, () => ({ answer: 1, entry }))).rejects.toMatchObject({
    name: 'NotAllowed',
  });
});

test('what must happen with it does, or nothing does', async () => {
  const Item = { pk: 'SLUG#beside', sk: 'SLUG', tenantId };
  const beside = { Put: { TableName: tables.tenants, Item, ConditionExpression: 'attribute_not_exists(pk)' } };
  await commit({ tenantId }, () => ({ answer: undefined, entry, alongside: [beside] }));
  const before = world.snapshot();
  await expect(commit({ tenantId }, () => ({ answer: undefined, entry, alongside: [beside] }))).rejects.toThrow();
  expect(world.snapshot()).toEqual(before);
});

test('an event that stands in the way, as after a chain that was tampered with, is never overwritten', async () => {
  changeTenant(world, tenantId, { chain: { seq: 0, hash: '0'.repeat(64) } });
  const before = world.snapshot();
  await expect(commit({ tenantId }, () => ({ answer: undefined, entry }))).rejects.toThrow();
  expect(world.snapshot()).toEqual(before);
});
