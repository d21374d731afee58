import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { token } from './support/builders.ts';
import { type Deployment, startDeployment } from './support/deployment.ts';
import { problem, success } from './support/fake-api.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(() => deployment.stop());
afterEach(() => {
  expect(deployment.api.violations.splice(0)).toEqual([]);
  deployment.api.requests.splice(0);
});

const tenantId = randomUUID();
const accepted = { tenantId, status: 'PROVISIONING', next: [{ action: 'wait', description: 'Your tenant is being set up.' }] };
const link = () => `${deployment.api.url}/signups/${tenantId}/confirmation?token=${token}`;

test('the link of the mail needs no profile and no sign-in', async () => {
  deployment.api.answers.ConfirmSignup = () => success('ConfirmSignup', accepted);
  const { exitCode, stdout } = await deployment.run(['confirm', link()], { TENANTRY_PROFILE: 'there-is-none' });
  expect({ exitCode, stdout }).toEqual({
    exitCode: 0,
    stdout: `Tenant  ${tenantId}\nStatus  PROVISIONING\nNext: Your tenant is being set up.\n`,
  });
  expect(deployment.api.requests[0]).toMatchObject({ operation: 'ConfirmSignup', path: { tenantId }, query: {}, body: { token } });
});

test('a tenant id with its token asks the API of the profile; --json prints the answer', async () => {
  deployment.api.answers.ConfirmSignup = () => success('ConfirmSignup', accepted);
  const { stdout } = await deployment.run(['confirm', tenantId, '--token', token, '--json']);
  expect(JSON.parse(stdout)).toEqual(accepted);
});

test('a signup that has expired is a refusal', async () => {
  deployment.api.answers.ConfirmSignup = () => problem('signup-expired', 'Sign up again.');
  const { exitCode, stderr } = await deployment.run(['confirm', link()]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: 'tenantry: The signup has expired. Sign up again.\n' });
});

test('another address is a usage error', async () => {
  expect(await deployment.run(['confirm', 'https://api.example.com/v1/tenants?token=x'])).toMatchObject({ exitCode: 2 });
  expect(deployment.api.requests).toEqual([]);
});
