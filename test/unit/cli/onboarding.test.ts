import { expect, test } from '@jest/globals';
import type { OnboardingState } from '../../../contracts/onboarding.ts';
import { success } from './support/fake-api.ts';
import { beginSignedIn, deployment } from './support/signed-in.ts';

beginSignedIn();

const open: OnboardingState = { state: 'open', failuresInARow: 5, streaks: [] };
const byRule: OnboardingState = {
  state: 'paused',
  pausedAt: '2026-11-20T08:00:00.000Z',
  pausedBy: { kind: 'schedule', id: 'ReviewRun' },
  reason: 'CreateAdminUser failed for 5 tenants in a row.',
  step: 'CreateAdminUser',
  probeAt: '2026-11-20T08:15:00.000Z',
  failuresInARow: 5,
  streaks: [{ step: 'CreateAdminUser', tenants: 5, lastAt: '2026-11-20T08:00:00.000Z' }],
};

test('shows that new tenants are onboarded', async () => {
  deployment.api.answers.ShowOnboarding = () => success('ShowOnboarding', open);
  const { stdout, stderr } = await deployment.run(['onboarding', 'show']);
  expect({ stdout, stderr }).toEqual({ stdout: 'Onboarding  open: new tenants are onboarded\n', stderr: '' });
});

test('shows since when and why not, when one run tries, and what ends it', async () => {
  deployment.api.answers.ShowOnboarding = () => success('ShowOnboarding', byRule);
  const { stdout, stderr } = await deployment.run(['onboarding', 'show']);
  expect(stdout).toMatch(/^Why +CreateAdminUser failed for 5 tenants in a row\.$/m);
  expect(stdout).toMatch(/^One run tries +from 2026-11-20T08:15:00\.000Z$/m);
  expect(stdout).toMatch(/^CreateAdminUser +5 +5 +2026/m);
  expect(stderr).toBe('Mend CreateAdminUser and redrive one tenant: the first run that passes it resumes onboarding.\n');
});

test('pauses and resumes with a reason, and prints what is so then', async () => {
  const asked: unknown[] = [];
  const { step: _step, probeAt: _probeAt, ...byHand } = byRule;
  deployment.api.answers.PauseOnboarding = ({ body }) => {
    asked.push(body);
    return success('PauseOnboarding', { ...byHand, streaks: [] });
  };
  deployment.api.answers.ResumeOnboarding = ({ body }) => {
    asked.push(body);
    return success('ResumeOnboarding', open);
  };
  const paused = await deployment.run(['onboarding', 'pause', '--reason', 'The region has trouble.']);
  expect(paused.stderr).toMatch(/^It is resumed by hand: tenantry onboarding resume/);
  const resumed = await deployment.run(['onboarding', 'resume', '--reason', 'It is over.', '--json']);
  expect(JSON.parse(resumed.stdout)).toEqual(open);
  expect(asked).toEqual([{ reason: 'The region has trouble.' }, { reason: 'It is over.' }]);
});
