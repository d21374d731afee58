import { expect, test } from '@jest/globals';
import { type Deployment, startDeployment } from './support/deployment.ts';

const withDeployment = async (act: (deployment: Deployment) => Promise<void>) => {
  const deployment = await startDeployment();
  await act(deployment).finally(() => deployment.stop());
};

test.each([
  ['on', ['on', '--step', 'TestTenant', '--fault', 'denied']],
  ['off', ['off']],
  ['list', ['list']],
])('%s is refused on a profile that is no local stack', async (_, parameters) => {
  await withDeployment(async (deployment) => {
    const { exitCode, stdout, stderr } = await deployment.run(['chaos', ...parameters]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/The profile "fake" is no local stack[\s\S]*npm run local/);
    expect(deployment.api.requests).toEqual([]);
  });
});

test.each([
  ['a step that does not exist', ['--step', 'MakeCoffee', '--fault', 'denied'], /MakeCoffee[\s\S]*PlanTenant/],
  ['a fault that does not exist', ['--step', 'TestTenant', '--fault', 'unplugged'], /unplugged[\s\S]*answer-lost/],
  ['a number that is none', ['--step', 'TestTenant', '--fault', 'denied', '--times', '0'], /1 or more/],
])('%s is a usage error that says what there is', async (_, parameters, words) => {
  await withDeployment(async (deployment) => {
    const { exitCode, stderr } = await deployment.run(['chaos', 'on', ...parameters]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(words);
  });
});
