import { beforeEach, expect, test } from '@jest/globals';
import { handler as pauseOnboarding } from '../../../../lambdas/api/pause-onboarding.ts';
import { handler } from '../../../../lambdas/api/resume-onboarding.ts';
import { eventsOf } from '../../../support/onboarding.ts';
import { send, staffClaims } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { newWorld, type World } from '../../../support/world.ts';

collectOutput();
let world: World;
beforeEach(() => {
  world = newWorld();
});
const claims = staffClaims;
const resume = (body: object = { reason: 'It is over.' }) => send(handler, 'ResumeOnboarding', { claims, body });

test('ends a pause with who and why in the audit trail', async () => {
  await send(pauseOnboarding, 'PauseOnboarding', { claims, body: { reason: 'The region has trouble.' } });
  world.advance(1_000);
  expect((await resume()).body).toEqual({ state: 'open', failuresInARow: 5, streaks: [] });
  expect(eventsOf(world, 'PLATFORM').slice(2)).toMatchObject([
    { type: 'OnboardingResumed', actor: { kind: 'staff', id: claims.sub }, reason: 'It is over.' },
    { type: 'FindingClosed' },
  ]);
});

test('changes nothing where nothing is paused', async () => {
  expect((await resume()).body.state).toBe('open');
  expect(eventsOf(world, 'PLATFORM')).toEqual([]);
});

test('refuses to be asked without a reason', async () => {
  expect((await resume({})).status).toBe(400);
});
