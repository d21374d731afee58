import { expect, test } from '@jest/globals';
import { reportOf, shrunk } from './shrink.ts';
import type { WalkResult } from './walks.ts';

const everything = Array.from({ length: 20 }, (_, place) => `part-${place}`);

/** A walk that fails as long as all of these are in it. */
const failsWith =
  (...needed: readonly string[]) =>
  async (without: ReadonlySet<string>): Promise<WalkResult> => {
    const parts = everything.filter((part) => !without.has(part));
    return {
      seed: 1,
      trace: [],
      digest: '',
      parts,
      occurred: [],
      wrong: needed.every((part) => parts.includes(part)) ? ['It fails.'] : [],
    };
  };

test.each([[['part-7']], [['part-0', 'part-19']], [['part-3', 'part-4', 'part-12']]])(
  'a walk that fails because of %j is shortened to that',
  async (needed) => {
    const walk = failsWith(...needed);
    expect((await shrunk(await walk(new Set()), walk)).parts).toEqual(needed);
  },
);

test('a walk that needs all of its parts stays as it is', async () => {
  const walk = failsWith(...everything);
  expect((await shrunk(await walk(new Set()), walk)).parts).toEqual(everything);
});

test('the report says what is wrong, how to see it again, and of the calls those that tell something', async () => {
  const walk = failsWith('part-7');
  const failed = await walk(new Set());
  const call = (number: number, outcome: string) => ({ at: number, step: 'A/PlanTenant#1', call: `${number}-Get`, fault: '', outcome });
  const trace = Array.from({ length: 40 }, (_, place) => call(place + 1, place === 4 ? 'ThrottlingException' : 'ok'));
  const lines = reportOf(failed, { ...failed, parts: ['part-7'], trace });
  expect(lines).toEqual(expect.arrayContaining(['FAILED seed 1', '  It fails.', 'Replay it: npm run --silent faults -- --replay 1']));
  expect(lines).toContain('Of 20 parts it needs at most these: part-7');
  const told = lines.filter((line) => line.includes('PlanTenant')).map((line) => line.match(/#1\/(\d+)/)?.[1]);
  expect(told).toEqual(['5', ...Array.from({ length: 12 }, (_, place) => String(place + 29))]);
});
