import { beforeEach, expect, test } from '@jest/globals';
import { handler } from '../../../../lambdas/api/pause-onboarding.ts';
import { eventsOf } from '../../../support/onboarding.ts';
import { send, staffClaims } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { awsError, newWorld, type World } from '../../../support/world.ts';

collectOutput();
let world: World;
beforeEach(() => {
  world = newWorld();
});
const pause = (body: object = { reason: 'The region has trouble.' }) => send(handler, 'PauseOnboarding', { claims: staffClaims, body });

test('answers what is so then: paused, by whom and why', async () => {
  expect(await pause()).toMatchObject({
    status: 200,
    body: { state: 'paused', pausedBy: { kind: 'staff', id: staffClaims.sub }, reason: 'The region has trouble.' },
  });
});

test.each([[{}], [{ reason: '' }], [{ reason: 'why', step: 'PlanTenant' }]])('refuses %j, and pauses nothing', async (body) => {
  expect((await pause(body)).status).toBe(400);
  expect(eventsOf(world, 'PLATFORM')).toEqual([]);
});

test('twice at once, and again after its answer was lost, is one pause', async () => {
  world.loseAnswer('TransactWrite', awsError('TimeoutError', 'server'));
  await Promise.all([pause(), pause()]);
  await pause();
  expect(eventsOf(world, 'PLATFORM').map(({ type }) => type)).toEqual(['OnboardingPaused', 'FindingOpened']);
});
