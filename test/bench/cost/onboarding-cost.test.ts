import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { goalUsdPer1000, measureUnits, usdPer1000Of } from '../../../bench/cost.ts';
import { type MeasuredStack, openStack } from '../../../bench/measure/stack.ts';

/* The one figure that a change can worsen without anybody seeing it. Units are counted, so that a slow machine changes nothing. */

let stack: MeasuredStack;
beforeAll(async () => {
  stack = await openStack(() => undefined, { fresh: true });
});
afterAll(() => stack.close());

/** Each invocation is taken to last this long, several times what it does here, because durations on AWS are not those of this machine. */
const assumedMilliseconds = 250;
const functionGigabytes = 0.25;

test('a thousand pooled onboardings cost no more than the goal', async () => {
  const { units } = await measureUnits(stack, 'starter');
  const gigabyteSeconds = (units.invocations * assumedMilliseconds * functionGigabytes) / 1000;
  expect(units.transitions).toBeGreaterThanOrEqual(7);
  expect(units.writeUnits).toBeGreaterThan(50);
  expect(usdPer1000Of({ ...units, gigabyteSeconds })).toBeLessThanOrEqual(goalUsdPer1000);
});
