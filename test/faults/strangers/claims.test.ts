import { describe, expect, test } from '@jest/globals';
import { claimCases, rotatedClaims } from '../cases/claim-cases.ts';
import { idOf } from '../cases/fault-case.ts';
import { Packs } from '../cases/packs.ts';
import { Door } from '../harness/door.ts';
import { claimsOf } from './claims.ts';
import { refusedItem } from './conditions.ts';
import { occupy, strangerId } from './occupy.ts';

const call = (functionName: string, operation: string, input: object = {}) => ({ functionName, operation, input });
const write = { Put: { ConditionExpression: 'attribute_not_exists(pk)' } };

describe('what a call claims', () => {
  test('is the name of what it makes, and whose something is that it looks for', () => {
    expect(claimsOf(call('CreateAdminUser', 'AdminCreateUser', { UserAttributes: [] }))).toEqual([{ fault: 'occupied' }]);
    expect(claimsOf(call('TestTenant', 'AdminGetUser'))).toEqual([{ fault: 'occupied' }]);
    expect(claimsOf(call('ForgetSignup', 'Get', { Key: { pk: 'SLUG#acme' } }))).toEqual([{ fault: 'occupied' }]);
    expect(claimsOf(call('ForgetSignup', 'Get', { Key: { pk: 'TENANT#1' } }))).toEqual([]);
  });

  test('is of a transaction each condition', () => {
    expect(claimsOf(call('PlanTenant', 'TransactWrite', { TransactItems: [write, { Update: {} }, write] }))).toEqual([
      { fault: 'forestalled', condition: 1 },
      { fault: 'forestalled', condition: 3 },
    ]);
  });

  test('must be said of every call that writes', () => {
    expect(() => claimsOf(call('CreateAdminUser', 'CreateGroup'))).toThrow('Whether CreateAdminUser could meet');
  });
});

test('each claim is a case: of looks the first, in the ways that make a difference, and nothing else is beside it in its state', () => {
  const claims = [
    ...[1, 2].map((place) => ({ fault: 'occupied', call: place }) as const),
    { fault: 'forestalled', condition: 2, call: 3 } as const,
  ];
  const states = [{ state: 'TestTenant', calls: ['AdminGetUser', 'AdminGetUser', 'TransactWrite'], claims, retries: new Map() }];
  const run = { tier: 'starter', states };
  expect(claimCases(run).map(idOf)).toEqual([
    ...['redrive', 'new-generation', 'abandon'].map((way) => `starter/TestTenant/1-AdminGetUser/occupied/${way}`),
    'starter/TestTenant/3-TransactWrite/forestalled-2/retry',
  ]);
  const rotated = rotatedClaims(run, 0);
  expect(rotated.map(idOf)).toEqual([
    expect.stringMatching(/occupied\/(redrive|new-generation)$/),
    'starter/TestTenant/1-AdminGetUser/occupied/abandon',
    'starter/TestTenant/3-TransactWrite/forestalled-2/retry',
  ]);
  const packs = new Packs(rotated);
  for (let pack = packs.next(); pack; pack = packs.next()) if (pack.some(({ fault }) => fault === 'occupied')) expect(pack).toHaveLength(1);
});

describe('the item that a condition refuses', () => {
  test.each([
    ['#chain.#seq = :seq', { chain: { seq: 4, hash: 'a' } }, { chain: { seq: 5, hash: 'a' } }],
    ['tenantId = :own', { tenantId: 'own' }, { tenantId: strangerId }],
    ['attempt = :seq AND tenantId = :own', { attempt: 4, tenantId: 'own' }, { attempt: 5, tenantId: strangerId }],
    ['attribute_not_exists(silos) OR silos < :limit', { silos: 3 }, { silos: 500 }],
    ['attribute_not_exists(pk)', { pk: 'SLUG#acme' }, { pk: 'SLUG#acme' }],
  ])('%s', (ConditionExpression, item, refused) => {
    const condition = {
      ConditionExpression,
      ExpressionAttributeNames: { '#chain': 'chain', '#seq': 'seq' },
      ExpressionAttributeValues: { ':seq': 4, ':own': 'own', ':limit': 500 },
    };
    expect(refusedItem(item, condition)).toEqual({ ...refused, claimedBy: strangerId });
  });

  test('must be known', () => {
    expect(() => refusedItem({}, { ConditionExpression: 'contains(names, :name)' })).toThrow('is not said in conditions.ts');
  });
});

test('what is another’s stands there until it is taken away, and what was there before comes back', async () => {
  let there: string | undefined = 'own';
  const place = {
    read: async () => there,
    put: async (thing: string) => {
      there = thing;
    },
    remove: async () => {
      there = undefined;
    },
  };
  const stranger = await occupy({ place, others: (own) => `not ${own}` });
  expect(there).toBe('not own');
  expect(await stranger.changed()).toBeUndefined();
  there = 'overwritten';
  expect(await stranger.changed()).toContain('overwritten');
  there = undefined;
  expect(await stranger.changed()).toContain('gone');
  await stranger.leave(true);
  expect(there).toBe('own');
});

test('whoever closes the door waits for the calls that went through, and the others wait until it is open', async () => {
  const door = new Door();
  const order: string[] = [];
  const first = Promise.withResolvers<void>();
  const through = door.through(() => first.promise.then(() => order.push('first')));
  const closing = door.close();
  const later = door.through(async () => order.push('later'));
  first.resolve();
  const open = await closing;
  order.push('alone');
  open();
  await Promise.all([through, later]);
  expect(order).toEqual(['first', 'alone', 'later']);
});
