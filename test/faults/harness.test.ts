import { PassThrough, type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { abandonSteps } from '../../contracts/steps.ts';
import type { AuditEvent } from '../../contracts/tenant.ts';
import { chainStart, nextEvent } from '../../lambdas/shared/audit.ts';
import { interruptionsOf, oneOfEachCall, rotatedCases, singleCases } from './cases/enumerate.ts';
import { callFaults, type FaultCase, idOf, idOfAll, repairs, runOf, ways } from './cases/fault-case.ts';
import { Packs } from './cases/packs.ts';
import { firstsOfPairs, pairsOf, pairsOfSteps } from './cases/pairs.ts';
import { deliveryCases, deliveryPairs, idOfDelivery } from './deliveries/delivery-case.ts';
import { onTheWire } from './harness/wire.ts';
import { readersOf } from './world/coverage.ts';
import { failureProblems } from './world/failures.ts';
import { comparable } from './world/left-out.ts';
import { leftovers } from './world/leftovers.ts';
import { worldProblems } from './world/verdict.ts';

const retries = new Map([
  ['Conflict', 0],
  ['States.ALL', 4],
]);
const run = {
  tier: 'starter',
  states: [
    { state: 'PlanTenant', calls: ['Get', 'TransactWrite'], retries },
    { state: 'CreateAdminUser', calls: ['Get', 'AdminCreateUser', 'AdminGetUser', 'TransactWrite'], retries },
  ],
};

describe('the enumeration', () => {
  test('has every call with every fault that can befall it, and every way on, once', () => {
    const cases = singleCases(run);
    const ids = cases.map(idOf);
    expect(new Set(ids).size).toBe(ids.length);
    const ofACall = ids.filter((id) => id.startsWith('starter/CreateAdminUser/2-AdminCreateUser/'));
    // Only a transaction meets with another one that holds its items.
    expect(ofACall).toHaveLength((callFaults.length - 1) * ways.length);
    expect(ids).toContain('starter/CreateAdminUser/4-TransactWrite/conflict/redrive');
    expect(ids).toContain('starter/CreateAdminUser/0-PlanTenant/stale-duplicate/new-generation');
    expect(ids).toContain('starter/CreateAdminUser/0-Conflict/failed-as/retry');
  });

  test('has, where the ways take turns, every fault once, and no fault always on the same way', () => {
    const withoutWay = ({ way: _, ...fault }: FaultCase) => JSON.stringify(fault);
    const rotated = rotatedCases(run, 0);
    expect(rotated.map(withoutWay)).toEqual([...new Set(singleCases(run).map(withoutWay))]);
    for (const way of repairs) expect(rotated.filter((each) => each.fault === 'answer-lost').map((each) => each.way)).toContain(way);
  });

  test('has some fault of every state come to a tenant that is given up, and not always the same', () => {
    const abandoned = rotatedCases(run, 0).filter(({ way }) => way === 'abandon');
    expect(new Set(abandoned.map(({ state }) => state))).toEqual(new Set(run.states.map(({ state }) => state)));
    expect(new Set(abandoned.map(({ fault }) => fault)).size).toBeGreaterThan(1);
  });

  test('has what undoes an onboarding with late duplicates of the onboarding’s own steps, and nobody gives that up', () => {
    const undoing = {
      tier: 'starter',
      undoingAt: 'CreateAdminUser',
      before: ['PlanTenant'],
      states: [{ state: 'StopOnboarding', calls: ['Get'], retries: new Map() }],
    };
    const ids = singleCases(undoing).map(idOf);
    expect(ids).toContain('starter/undoing-at-CreateAdminUser/StopOnboarding/0-PlanTenant/stale-duplicate/redrive');
    expect(ids.filter((id) => id.endsWith('/abandon'))).toEqual([]);
    expect(ids).toHaveLength((callFaults.length - 1 + 2 + 1) * repairs.length);
  });

  test('has onboardings interrupted before each state, and after each call by which one made something that it had not recorded', () => {
    const onboarding = { ...run, states: [...run.states, { state: 'ActivateTenant', calls: ['PutEvents'], retries }, ...run.states] };
    expect(interruptionsOf(onboarding, 'ActivateTenant').map(runOf)).toEqual([
      'starter/undoing-at-PlanTenant',
      'starter/undoing-at-CreateAdminUser',
      'starter/undoing-at-CreateAdminUser-2-AdminCreateUser',
      'starter/undoing-at-ActivateTenant',
      'starter/undoing-at-ActivateTenant-1-PutEvents',
    ]);
  });

  test('has, of what undoes those, one fault of each call, in turns every fault in every way', () => {
    const [interruption] = interruptionsOf(run, 'PlanTenant');
    const undoing = {
      ...interruption,
      tier: 'starter',
      states: [{ state: 'StopOnboarding', calls: ['Get', 'TransactWrite'], retries: new Map() }],
    };
    const inTurns = Array.from({ length: callFaults.length * repairs.length }, (_, turn) => oneOfEachCall(undoing, turn));
    for (const turn of inTurns) expect(turn.map(({ call }) => call)).toEqual([1, 2, 0]);
    const ofTheTransaction = inTurns.map(([, { fault, way } = { fault: '', way: '' }]) => `${fault}/${way}`);
    expect(new Set(ofTheTransaction).size).toBe(callFaults.length * repairs.length);
  });

  test('has every fault of every delivery but those that have a reason', () => {
    const cases = deliveryCases('business', [
      { consumer: 'StartOnboarding', place: 1 },
      { consumer: 'SettleBilling', place: 1 },
    ]);
    expect(cases.map((each) => idOfDelivery([each]))).toEqual([
      ...['twice', 'at-once', 'late', 'again-late'].map((fault) => `business/deliveries/StartOnboarding/1/${fault}`),
      ...['twice', 'late', 'again-late'].map((fault) => `business/deliveries/SettleBilling/1/${fault}`),
    ]);
    const pairs = deliveryPairs(cases).map(idOfDelivery);
    expect(new Set(pairs).size).toBe(4 * 3);
    expect(pairs).toContain('business/deliveries/StartOnboarding/1/late+SettleBilling/1/twice');
  });

  test('has, for two faults of a step, the end of the process after each call, another fault of some, and every fault of every call of the repair', () => {
    const firsts = firstsOfPairs(run, 0);
    const everyCall = run.states.flatMap(({ state, calls }) => calls.map((_, index) => `${state} ${index + 1}`));
    const places = (cases: readonly FaultCase[]) => cases.map(({ state, call }) => `${state} ${call}`);
    expect(places(firsts.filter(({ fault }) => fault === 'killed-after'))).toEqual(everyCall);
    const others = [0, 1, 2].flatMap((turn) => firstsOfPairs(run, turn).filter(({ fault }) => fault !== 'killed-after'));
    expect(new Set(places(others))).toEqual(new Set(everyCall));
    expect(new Set(others.map(({ fault }) => fault)).size).toBeGreaterThan(2);
    const second = firsts.find(({ state, call }) => state === 'CreateAdminUser' && call === 2) as FaultCase;
    const ids = pairsOf(second, ['Get', 'TransactWrite']).map(idOfAll);
    expect(new Set(ids).size).toBe(callFaults.length - 1 + callFaults.length);
    expect(ids.join()).toContain(`${idOf(second)}+2-TransactWrite/conflict/`);
  });

  test('has, for faults of two steps, every fault of each after one of each step before it, and not always the same', () => {
    const pairs = pairsOfSteps(run, 0);
    const ids = pairs.map(idOfAll);
    expect(new Set(ids).size).toBe(ids.length);
    expect(pairs.every(([first, second]) => first.state === 'PlanTenant' && second.state === 'CreateAdminUser')).toBe(true);
    expect(pairs).toHaveLength(rotatedCases(run, 0).filter(({ state }) => state === 'CreateAdminUser').length);
    expect(new Set(pairs.map(([{ fault }]) => fault)).size).toBeGreaterThan(callFaults.length);
    expect(ids.join()).toContain('+CreateAdminUser/4-TransactWrite/conflict/');
  });
});

describe('the packs', () => {
  const all = (packs: Packs) => {
    const handedOut: FaultCase[][] = [];
    for (let pack = packs.next(); pack; pack = packs.next()) handedOut.push(pack);
    return handedOut;
  };

  test('hand out every case once, and nothing after a fault that its attempt may survive', () => {
    const cases = rotatedCases(run, 0);
    const handedOut = all(new Packs(cases));
    expect(handedOut.flat().map(idOf).sort()).toEqual(cases.map(idOf).sort());
    const survived = ['sent-twice', 'conflict', 'overtaken', 'invoked-twice', 'invoked-at-once', 'stale-duplicate'];
    for (const pack of handedOut)
      for (const ofState of Map.groupBy(pack, ({ state }) => state).values())
        expect(ofState.slice(0, -1).filter(({ fault }) => survived.includes(fault))).toEqual([]);
  });

  test('have no other fault of a state beside one that uses its Retry up', () => {
    for (const pack of all(new Packs(rotatedCases(run, 0))))
      for (const ofState of Map.groupBy(pack, ({ state }) => state).values())
        if (ofState.some(({ fault }) => fault === 'failed-as')) expect(ofState).toHaveLength(1);
  });

  test('hand a case out again that never struck, before all others of its state', () => {
    const [first, second, ...others] = rotatedCases(run, 0).filter(({ state, fault }) => state === 'PlanTenant' && fault !== 'conflict');
    if (!first || !second) throw new Error('There are too few cases.');
    const packs = new Packs(others);
    packs.putBack(second);
    expect(packs.next()?.[0]).toEqual(second);
  });
});

describe('the wire', () => {
  test('hands an answer over when all of its body has come, so that which call is the next is not for the network to decide', async () => {
    const body = new PassThrough();
    let handedOver = false;
    const answer = onTheWire({ wire: 'serve' }, 'S3', async () => ({ response: { body } }), {}).finally(() => {
      handedOver = true;
    });
    body.write('one half ');
    await turnOfTheLoop();
    expect(handedOver).toBe(false);
    body.end('and the other');
    const { response } = (await answer) as { response: { body: Readable } };
    expect(await text(response.body)).toBe('one half and the other');
  });
});

describe('the coverage of stores', () => {
  const queue = { path: 'Billing/Queue', stack: 'Tenantry-Pipeline', type: 'AWS::SQS::Queue', physicalId: 'queue', properties: {} };
  const nobody = {
    path: 'Search/Domain',
    stack: 'Tenantry-Data',
    type: 'AWS::OpenSearchService::Domain',
    physicalId: 'domain',
    properties: {},
  };
  const readsQueues = ({ type, path }: { type: string; path: string }) =>
    type === 'AWS::SQS::Queue' ? { store: path, read: async () => [] } : undefined;

  test('fails when there is a store that nobody reads, and names it', () => {
    expect(() => readersOf([queue, nobody], [readsQueues])).toThrow('Tenantry-Data/Search/Domain (AWS::OpenSearchService::Domain)');
  });

  test('has a reader for each store otherwise', () => {
    expect(readersOf([queue], [readsQueues]).map(({ store }) => store)).toEqual(['Billing/Queue']);
  });
});

describe('the leftovers of a tenant that was given up', () => {
  const tenantId = '3f0c8a52-8c1e-4d3a-9b57-2f6d1c0e7a41';
  const told = abandonSteps.map((step) => ({ type: 'StepSucceeded', step }));
  const records = { items: [{ sk: 'TENANT', tenantId, status: 'ABANDONED' }], slug: undefined, signup: { abandonedAt: '<instant>' } };
  const provider = {
    payments: [{ status: 'succeeded', amount: 4900 }],
    refunds: [{ amount: 4900 }],
    subscriptions: [{ status: 'canceled' }],
  };
  const clean = { 'TenantRecords/Tenants': records, 'TenantRecords/Events': told, PaymentProvider: provider, 'TenantUsers/UserPool': [] };
  const inChain = () => {
    const entry = { type: 'StepStarted', actor: { kind: 'step', id: 'StopOnboarding' }, data: {} } as Parameters<typeof nextEvent>[1];
    return [nextEvent({ tenantId, revision: 1, chain: { seq: 0, hash: chainStart } }, entry, '2026-11-02T09:00:00.000Z')];
  };
  const of = (changes: object) => leftovers({ comparable: { ...clean, ...changes }, events: inChain() });

  test('are none when all is undone', () => {
    expect(of({})).toEqual([]);
  });

  test('are told, whatever store has something', () => {
    expect(of({ 'TenantUsers/UserPool': [{ Username: 'u' }] })).toEqual([expect.stringContaining('TenantUsers/UserPool still has')]);
    expect(of({ 'Search/Domain': { documents: 1 } })).toEqual([expect.stringContaining('Search/Domain still has')]);
    expect(of({ 'TenantRecords/Tenants': { ...records, slug: { tenantId } } })).toEqual(['Its slug is not free.']);
    expect(of({ 'TenantRecords/Tenants': { ...records, items: [{ ...records.items[0], cell: 'cell' }] } })).toEqual([
      'Its head still says cell.',
    ]);
    expect(of({ 'TenantRecords/Events': told.slice(1) })).toEqual(['StopOnboarding has succeeded 0 times.']);
  });

  test('are money that was not paid back, or twice', () => {
    expect(of({ PaymentProvider: { ...provider, refunds: [] } })).toEqual(['It paid 4900 and got nothing back.']);
    expect(of({ PaymentProvider: { ...provider, refunds: [{ amount: 4900 }, { amount: 4900 }] } })).toEqual([
      'It paid 4900 and got 4900,4900 back.',
    ]);
  });
});

describe('the verdict', () => {
  const tenantId = '3f0c8a52-8c1e-4d3a-9b57-2f6d1c0e7a41';
  function chainOf(...steps: readonly string[]): AuditEvent[] {
    const events: AuditEvent[] = [];
    for (const step of steps) {
      const { seq, hash } = events.at(-1) ?? { seq: 0, hash: chainStart };
      const entry = { type: 'StepStarted', actor: { kind: 'step', id: step }, step, data: {} } as Parameters<typeof nextEvent>[1];
      events.push(nextEvent({ tenantId, revision: 1, chain: { seq, hash } }, entry, '2026-11-02T09:00:00.000Z'));
    }
    return events;
  }
  const clean = { comparable: { users: ['<username>'] }, events: chainOf('PlanTenant', 'CreateAdminUser') };

  test('finds nothing wrong with a world that is the clean run’s', () => {
    expect(worldProblems(clean, { ...clean }, [])).toEqual([]);
  });

  test('tells what is there twice, or is not', () => {
    expect(worldProblems(clean, { ...clean, comparable: { users: ['<username>', '<username>'] } }, [])).toEqual([
      'world.users.1: "<username>" instead of undefined',
    ]);
    expect(worldProblems(clean, { ...clean, comparable: {} }, [])).toHaveLength(1);
  });

  test('tells of a step that was begun again although nothing had befallen it', () => {
    const again = { ...clean, events: chainOf('PlanTenant', 'CreateAdminUser', 'CreateAdminUser') };
    expect(worldProblems(clean, again, ['CreateAdminUser'])).toEqual([]);
    expect(worldProblems(clean, again, ['PlanTenant'])).toEqual([expect.stringContaining('CreateAdminUser was begun 2 times')]);
  });

  test('tells of a failure that is said to be what it was not', () => {
    const failedAs = (failureClass: string): AuditEvent[] =>
      chainOf('PlanTenant').map((event) => ({
        ...event,
        type: 'StepFailed',
        data: { failure: { class: failureClass, error: 'ThrottlingException' } },
      }));
    const throttled = { ...run, state: 'PlanTenant', call: 1, what: 'Get', fault: 'throttled', way: 'retry' } as const;
    expect(failureProblems([throttled], failedAs('retry'))).toEqual([]);
    expect(failureProblems([throttled], failedAs('bug'))).toEqual([expect.stringContaining('of the class bug instead of retry')]);
    expect(failureProblems([{ ...throttled, fault: 'overtaken' }], failedAs('bug'))).toEqual([]);
  });

  test('tells of a chain with an event missing', () => {
    const [, ...rest] = chainOf('PlanTenant', 'CreateAdminUser');
    expect(worldProblems(clean, { ...clean, events: rest }, [])).not.toEqual([]);
  });

  test('compares all but times, counters, and what is made anew for each tenant', () => {
    const of = (attempt: number, at: string, status: string) => comparable({ attempt, at, status, owner: `of ${at}` }, [[at, '<start>']]);
    expect(of(1, '2026-11-02T09:00:00.000Z', 'ACTIVE')).toEqual(of(2, '2026-11-02T09:05:00.000Z', 'ACTIVE'));
    expect(of(1, '2026-11-02T09:00:00.000Z', 'ACTIVE')).not.toEqual(of(1, '2026-11-02T09:00:00.000Z', 'PROVISIONING'));
  });
});
