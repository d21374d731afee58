import { NotAuthorizedException } from '@aws-sdk/client-cognito-identity-provider';
import { InvalidCiphertextException } from '@aws-sdk/client-kms';
import { expect, test } from '@jest/globals';
import type { Check } from '../../../../contracts/steps.ts';
import { changeTenant, eventsOf, runStep, stepRecord, tenantBefore, tenantOf } from '../../../support/onboarding.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { awsError, newWorld, tables, type World } from '../../../support/world.ts';

collectOutput();

const failedChecks = async (world: World, tenantId: string) => {
  const error: Error = await runStep(world, 'TestTenant', tenantId).then(
    () => Promise.reject(new Error('It must fail.')),
    (reason) => reason,
  );
  expect(error.name).toBe('CheckFailed');
  return error.message;
};

test('tries what a tenant needs and what it must never reach, and records each outcome in the audit chain', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'TestTenant');
  const result = await runStep(world, 'TestTenant', tenantId);
  const succeeded = eventsOf(world, tenantId).at(-1);
  const checks = succeeded?.data['checks'] as Check[];
  expect(checks.map(({ check, outcome }) => `${check}: ${outcome}`)).toEqual([
    "the tenant's record names its administrator: present",
    "the administrator's user is the tenant's: present",
    'the administrator signs in: allowed',
    'the namespace is claimed: present',
    ...['write an own item', 'read an own item', 'list own items', 'delete an own item'].map((own) => `${own}: allowed`),
    ...['write', 'read'].map((verb) => `${verb} another tenant's item: denied`),
    "list another tenant's items: denied",
    "delete another tenant's item: denied",
    'read the whole table: denied',
    ...['write an own object', 'read an own object', 'list own objects', 'delete an own object'].map((own) => `${own}: allowed`),
    ...['write', 'read'].map((verb) => `${verb} another tenant's object: denied`),
    "list another tenant's objects: denied",
    "delete another tenant's object: denied",
    'list the whole bucket: denied',
    'make an own data key: allowed',
    'unwrap an own data key: allowed',
    "make another tenant's data key: denied",
    "unwrap another tenant's data key: denied",
    "make a data key that is nobody's: denied",
  ]);
  expect(succeeded).toMatchObject({ type: 'StepSucceeded', data: { result } });
  expect(result).toEqual({ passedChecks: checks.length });
  // Kept once: the record of the step counts them.
  expect(stepRecord(world, tenantId, 'TestTenant')?.result).toEqual(result);
});

test('leaves the user waiting for their own password, and nothing in the table', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'TestTenant');
  await runStep(world, 'TestTenant', tenantId);
  expect([...world.userPool.users.values()]).toMatchObject([{ status: 'FORCE_CHANGE_PASSWORD' }]);
  expect(world.database.all(tables.tenantData).map(({ itemId }) => itemId)).toEqual(['NAMESPACE']);
});

test('fails when the administrator’s user is missing, and then tries no sign-in', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'TestTenant');
  world.userPool.users.clear();
  expect(await failedChecks(world, tenantId)).toContain("the administrator's user is the tenant's: expected present, was absent");
  expect(world.calls).not.toContain('AdminSetUserPassword');
});

test('fails when the record names no administrator, and then asks for nobody', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'TestTenant');
  changeTenant(world, tenantId, { administratorUsername: undefined } as never);
  expect(await failedChecks(world, tenantId)).toContain("the tenant's record names its administrator: expected present, was absent");
  expect(world.calls).not.toContain('AdminGetUser');
  expect(world.calls).not.toContain('AdminSetUserPassword');
});

test('fails when the namespace is missing', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'TestTenant');
  world.database.remove(tables.tenantData, { tenantId, itemId: 'NAMESPACE' });
  expect(await failedChecks(world, tenantId)).toContain('the namespace is claimed: expected present, was absent');
});

test('fails when isolation does not hold: credentials that reach another tenant, and not their own', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'TestTenant');
  world.assumesFor('00000000-0000-4000-8000-000000000000');
  const message = await failedChecks(world, tenantId);
  expect(message).toContain('write an own item: expected allowed, was denied');
  expect(message).toContain("write another tenant's item: expected denied, was allowed");
  expect(world.database.all(tables.tenantData).map(({ itemId }) => itemId)).toEqual(['NAMESPACE']);
  expect(tenantOf(world, tenantId).status).toBe('PROVISIONING');
});

test('fails when the tenant may make no data key, and says that there was none to unwrap', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'TestTenant');
  world.fail('GenerateDataKey', awsError('AccessDeniedException'));
  const message = await failedChecks(world, tenantId);
  expect(message).toContain('make an own data key: expected allowed, was denied');
  expect(message).toContain('unwrap an own data key: expected allowed, was not tried, without a wrapped key');
});

test('takes it that IAM let a call through when KMS looked at the key', async () => {
  const usual = newWorld();
  const other = await tenantBefore(usual, 'TestTenant');
  const callsBefore = usual.calls.length;
  await runStep(usual, 'TestTenant', other);
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'TestTenant');
  const lastDecrypt = usual.calls.slice(callsBefore).lastIndexOf('Decrypt') + 1;
  world.fail(world.calls.length + lastDecrypt, new InvalidCiphertextException({ message: 'It is another key.', $metadata: {} }));
  expect(await failedChecks(world, tenantId)).toContain("unwrap another tenant's data key: expected denied, was allowed");
});

test('a sign-in that Cognito refuses fails the step under its own name', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'TestTenant');
  world.fail('AdminInitiateAuth', new NotAuthorizedException({ message: 'Incorrect username or password.', $metadata: {} }));
  await expect(runStep(world, 'TestTenant', tenantId)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
});
