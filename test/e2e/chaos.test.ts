import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TenantDetail } from '../../contracts/tenant.ts';
import { expectWholeChain } from '../support/chain.ts';
import { api, expectNoInternals } from './support/api.ts';
import { auditEvents, executionsOf, usersWith } from './support/records.ts';
import { confirm, readStatus, signUp, untilOnboarded } from './support/signups.ts';
import { StaffMember } from './support/staff.ts';
import { until } from './support/until.ts';

/* A fault that staff switch on befalls the step that they name, for the tenant that they name, and a redrive without it goes on there. */

let operator: StaffMember;
beforeAll(async () => {
  operator = await StaffMember.signIn();
});
afterAll(() => operator.leave());

const chaos = async (...parameters: string[]) => {
  const { exitCode, output, errors } = await operator.tenantry('chaos', ...parameters, '--json');
  expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' });
  return JSON.parse(output);
};

test('a fault that is on stops the tenant at its step with the reason, and off and redriven it becomes ACTIVE', async () => {
  const signup = await signUp();
  const { tenantId } = signup;
  const on = ['--step', 'CreateAdminUser', '--call', 'AdminCreateUser', '--fault', 'denied', '--tenant', tenantId];
  const { faultId } = await chaos('on', ...on);
  await confirm(signup);
  await until('The failure', async () => (await executionsOf(tenantId))[0]?.status === 'FAILED');

  const status = await readStatus(signup);
  expectNoInternals(JSON.stringify(status));
  expect(status.steps.find(({ step }) => step === 'CreateAdminUser')).toMatchObject({ state: 'FAILED' });
  const { body } = await api('GET', `/tenants/${tenantId}`, { headers: await operator.authorization() });
  expect((body as TenantDetail).steps.find(({ step }) => step === 'CreateAdminUser')?.failure).toMatchObject({
    class: 'bug',
    error: 'AccessDeniedException',
    operation: 'CognitoIdentityProvider.AdminCreateUser',
  });
  const { faults } = await chaos('list');
  expect(faults.find((fault: { faultId: string }) => fault.faultId === faultId).struck).toBeGreaterThan(0);

  await chaos('off', faultId);
  const { exitCode } = await operator.tenantry('redrive', tenantId, '--reason', 'The fault is off.', '--json');
  expect(exitCode).toBe(0);
  await untilOnboarded(signup);
  expectWholeChain(await auditEvents(tenantId));
});

test.each(['answer-lost', 'overtaken', 'late-return'])('a call that is %s once is mended by itself, and makes one user', async (fault) => {
  const signup = await signUp();
  const { tenantId } = signup;
  const on = ['--step', 'CreateAdminUser', '--call', 'AdminCreateUser', '--fault', fault, '--times', '1', '--tenant', tenantId];
  const { faultId } = await chaos('on', ...on);
  await confirm(signup);
  await untilOnboarded(signup);
  const { faults } = await chaos('list');
  expect(faults.find((fault: { faultId: string }) => fault.faultId === faultId)).toMatchObject({ struck: 1 });
  await chaos('off', faultId);
  expect(await usersWith(signup.request.administrator.email)).toHaveLength(1);
});
