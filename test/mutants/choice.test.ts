import { expect, test } from '@jest/globals';
import type { FaultCase } from '../faults/cases/fault-case.ts';
import { failing, inOrder, worthTrying } from './choice.ts';

const of = (state: string, call: number, what: string, fault: FaultCase['fault'], tier = 'starter'): FaultCase => ({
  tier,
  state,
  call,
  what,
  fault,
  way: 'retry',
});

test('a state of a dearer tier is worth trying when it makes a call that the cheaper tiers do not make there', () => {
  const starter = [of('PlanTenant', 1, 'Get', 'throttled'), of('TestTenant', 1, 'Get', 'throttled')];
  const same = of('TestTenant', 2, 'Get', 'throttled', 'business');
  const more = [of('PlanTenant', 1, 'Get', 'throttled', 'enterprise'), of('PlanTenant', 2, 'DescribeStacks', 'throttled', 'enterprise')];
  expect(worthTrying([...starter, same, ...more])).toEqual([...starter, ...more]);
});

test('of calls of one operation, the first and the last are worth trying', () => {
  const gets = [1, 2, 3].map((call) => of('TestTenant', call, 'Get', 'throttled'));
  expect(worthTrying(gets)).toEqual([gets[0], gets[2]]);
});

test('a class of errors is tried where its state fails as that class, in one tier', () => {
  const there = of('PlanTenant', 0, 'Conflict', 'failed-as');
  const others = [
    of('TestTenant', 0, 'Conflict', 'failed-as'),
    of('PlanTenant', 0, 'NotAllowed', 'failed-as'),
    of('PlanTenant', 0, 'Conflict', 'failed-as', 'business'),
  ];
  expect(failing([there, ...others], 'PlanTenant', 'Conflict')).toEqual([there]);
});

test('cases of a state that does not come by are not tried, and one of each kind comes before another of the same', () => {
  const undisturbed = of('PlanTenant', 1, 'Get', 'overtaken');
  const [read, again, overtaken] = [
    of('CreateAdminUser', 3, 'Get', 'killed-after'),
    of('CreateAdminUser', 4, 'Get', 'killed-after'),
    of('CreateAdminUser', 5, 'AdminCreateUser', 'overtaken'),
  ];
  const reached = [undisturbed, read, again, overtaken].map((each) => ({ each, times: each.state === 'CreateAdminUser' ? 2 : 1 }));
  expect(inOrder(reached)).toEqual([overtaken, read, again]);
});
