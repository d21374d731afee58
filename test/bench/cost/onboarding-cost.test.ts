import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { measureUnits, usdPer1000Of } from '../../../bench/cost.ts';
import { type MeasuredStack, openStack } from '../../../bench/measure/stack.ts';

/* The one figure that a change can worsen without anybody seeing it. Units are counted, so that a slow machine changes nothing. */

let stack: MeasuredStack;
beforeAll(async () => {
  stack = await openStack(() => undefined, { fresh: true });
}, 120_000);
afterAll(() => stack.close());

/** Each invocation is taken to last this long, several times what it does here, because durations on AWS are not those of this machine. */
const assumedMilliseconds = 250;
const functionGigabytes = 0.25;

/** The goal, which the command of this name holds itself to, is 0.40 and is missed: docs/figures.md says by what. This holds that it gets no worse. */
const limitUsdPer1000 = 0.48;

test('a thousand pooled onboardings cost no more than they do now', async () => {
  const { units } = await measureUnits(stack, 'starter');
  const gigabyteSeconds = (units.invocations * assumedMilliseconds * functionGigabytes) / 1000;
  expect(units.transitions).toBeGreaterThanOrEqual(7);
  expect(units.writeUnits).toBeGreaterThan(50);
  expect(usdPer1000Of({ ...units, gigabyteSeconds })).toBeLessThanOrEqual(limitUsdPer1000);
}, 120_000);
