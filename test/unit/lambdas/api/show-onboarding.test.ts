import { expect, test } from '@jest/globals';
import { handler as pauseOnboarding } from '../../../../lambdas/api/pause-onboarding.ts';
import { handler } from '../../../../lambdas/api/show-onboarding.ts';
import { send, staffClaims } from '../../../support/requests.ts';
import { newWorld } from '../../../support/world.ts';

const claims = staffClaims;
const show = async () => (await send(handler, 'ShowOnboarding', { claims })).body;

test('shows whether new tenants are onboarded, and writes nothing', async () => {
  const world = newWorld();
  expect(await show()).toEqual({ state: 'open', failuresInARow: 5, streaks: [] });
  expect(world.calls).toEqual(['Get', 'Get']);
  const { body } = await send(pauseOnboarding, 'PauseOnboarding', { claims, body: { reason: 'The region has trouble.' } });
  expect(await show()).toEqual(body);
});
