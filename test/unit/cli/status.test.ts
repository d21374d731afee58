import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { SignupStatus } from '../../../contracts/signup.ts';
import type { TenantStatus } from '../../../contracts/tenant.ts';
import { signupStatus, token } from './support/builders.ts';
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
const urlOf = () => `${deployment.api.url}/signups/${tenantId}?token=${token}`;
/** The answers one after the other; the last one stays. */
const answers = (...statuses: SignupStatus[]) => {
  deployment.api.answers.GetSignup = () => success('GetSignup', statuses.length > 1 ? statuses.shift() : statuses[0]);
};

test('a status URL needs no profile and no sign-in', async () => {
  answers(signupStatus(tenantId, 'PROVISIONING', { PlanTenant: 'SUCCEEDED', EstablishIsolation: 'FAILED' }));
  const { exitCode, stdout } = await deployment.run(['status', urlOf()], { TENANTRY_PROFILE: 'there-is-none' });
  expect(exitCode).toBe(0);
  expect(deployment.api.requests[0]).toMatchObject({ path: { tenantId }, query: { token } });
  expect(stdout).toMatch(/Status +PROVISIONING since 2026-01-01T12:00:01\.000Z/);
  expect(stdout).toMatch(/^Plan tenant +SUCCEEDED +1 +2026-01-01T12:00:02\.000Z$/m);
  expect(stdout).toMatch(/^Emit tenant provisioned +WAITING +- +-$/m);
  expect(stdout).toContain('Establish isolation failed: A limit of our platform has been reached. Nothing: our operators raise it.');
});

test('a signup that has ended without a tenant has no steps to show', async () => {
  answers({ ...signupStatus(tenantId, 'ABANDONED'), steps: [] });
  const { exitCode, stdout } = await deployment.run(['status', urlOf()]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/Status +ABANDONED/);
  expect(stdout).not.toContain('STEP');
});

test('a tenant id with its token asks the API of the profile; --json prints the answer', async () => {
  const current = signupStatus(tenantId, 'PENDING');
  answers(current);
  const { exitCode, stdout } = await deployment.run(['status', tenantId, '--token', token, '--json']);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toEqual(current);
});

test.each([
  ['a tenant id without token', [tenantId]],
  ['an address that is no status URL', ['https://api.example.com/v1/tenants']],
  ['a status URL of no tenant', ['https://api.example.com/v1/signups/%zz?token=x']],
  ['a status URL without token', [`https://api.example.com/v1/signups/${tenantId}`]],
])('%s is a usage error', async (_, args) => {
  expect(await deployment.run(['status', ...args])).toMatchObject({ exitCode: 2, stdout: '' });
});

const course = [
  signupStatus(tenantId, 'PENDING'),
  signupStatus(tenantId, 'PENDING'),
  signupStatus(tenantId, 'PROVISIONING', { PlanTenant: 'RUNNING' }),
  {
    ...signupStatus(tenantId, 'ACTIVE', { PlanTenant: 'SUCCEEDED', EstablishIsolation: 'SUCCEEDED' }),
    next: [{ action: 'sign-in' as const, description: 'Sign in now.' }],
  },
];

test('--watch prints a line for each change and ends with 0 when the tenant is ACTIVE', async () => {
  answers(...course);
  const { exitCode, stdout } = await deployment.run(['status', urlOf(), '--watch']);
  expect(exitCode).toBe(0);
  const lines = stdout.trim().split('\n');
  expect(lines.filter((line) => line.startsWith('Next:'))).toEqual(['Next: Your tenant is being set up.', 'Next: Sign in now.']);
  expect(lines.filter((line) => !line.startsWith('Next:')).map((line) => line.split(/ {2,}/).slice(1))).toEqual([
    ['Status', 'PENDING'],
    ['Status', 'PROVISIONING'],
    ['Plan tenant', 'RUNNING'],
    ['Status', 'ACTIVE'],
    ['Plan tenant', 'SUCCEEDED'],
    ['Establish isolation', 'SUCCEEDED'],
  ]);
  expect(lines[0]).toMatch(/^2026-01-01T12:00:01\.000Z {2}Status/);
});

test('--watch --json prints the whole answer as one line for each change', async () => {
  answers(...course);
  const { exitCode, stdout } = await deployment.run(['status', urlOf(), '--watch', '--json']);
  expect(exitCode).toBe(0);
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([course[1], course[2], course[3]]);
});

test.each<[TenantStatus]>([['EXPIRED'], ['ABANDONED'], ['SUSPENDED']])('--watch ends with 1 when the signup ended %s', async (status) => {
  answers(signupStatus(tenantId, 'PENDING'), signupStatus(tenantId, status));
  const { exitCode, stderr } = await deployment.run(['status', urlOf(), '--watch']);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`The signup ended ${status}.`);
});

test('--watch gives up after --timeout and says what it waited for', async () => {
  answers(signupStatus(tenantId, 'PENDING'));
  const { exitCode, stderr } = await deployment.run(['status', urlOf(), '--watch', '--timeout', '0.2']);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('still PENDING after 0.2 seconds');
});

test('--watch goes on after a moment in which the API is not available', async () => {
  const statuses = [success('GetSignup', course[0]), problem('unavailable', 'Send it again in a moment.'), success('GetSignup', course[3])];
  deployment.api.answers.GetSignup = () => statuses.shift() ?? success('GetSignup', course[3]);
  const { exitCode, stderr } = await deployment.run(['status', urlOf(), '--watch']);
  expect(exitCode).toBe(0);
  expect(stderr).toContain('Not available at the moment. Send it again in a moment. Trying again.');
});

test('a signup that the API does not know ends the watch at once', async () => {
  deployment.api.answers.GetSignup = () => problem('not-found', 'There is no such tenant, or the token is not valid for it.');
  const { exitCode, stderr } = await deployment.run(['status', urlOf(), '--watch']);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('Not found. There is no such tenant, or the token is not valid for it.');
  expect(stderr).not.toContain(token);
});
