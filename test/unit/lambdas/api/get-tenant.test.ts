import { expect, test } from '@jest/globals';
import { handler } from '../../../../lambdas/api/get-tenant.ts';
import { stepsOf } from '../../../../lambdas/shared/catalog.ts';
import { onboardedTenant, runStep, signUp, tenantBefore, tenantOf } from '../../../support/onboarding.ts';
import { send, staffClaims } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { awsError, newWorld } from '../../../support/world.ts';

const starterSteps = stepsOf('starter');

collectOutput();
const get = (tenantId: string) => send(handler, 'GetTenant', { path: { tenantId }, claims: staffClaims });

test('shows staff a tenant with each step of its run', async () => {
  const world = newWorld();
  const tenantId = await onboardedTenant(world);
  const { status, body, text } = await get(tenantId);
  expect(status).toBe(200);
  const { run, administratorUsername } = tenantOf(world, tenantId);
  expect(body).toMatchObject({ tenantId, status: 'ACTIVE', revision: 3, run, administratorUsername });
  expect(body.steps.map(({ step, state }: { step: string; state: string }) => `${step} ${state}`)).toEqual(
    starterSteps.map((step) => `${step} SUCCEEDED`),
  );
  expect(text).not.toMatch(/kanarienvogel|[tT]okenHash|signupKeyHash/i);
});

test('shows staff what failed: its class, the error and the operation that was refused', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'CreateAdminUser');
  world.fail('AdminCreateUser', awsError('LimitExceededException'));
  await expect(runStep(world, 'CreateAdminUser', tenantId, { redriveCount: 1 })).rejects.toThrow();
  const { body } = await get(tenantId);
  const failed = starterSteps.indexOf('CreateAdminUser');
  expect(body.steps[failed]).toMatchObject({
    step: 'CreateAdminUser',
    state: 'FAILED',
    attempt: 1,
    redriveCount: 1,
    failure: { class: 'quota', error: 'LimitExceededException' },
  });
  expect(body.steps[failed + 1]).toMatchObject({ step: starterSteps[failed + 1], state: 'WAITING', attempt: 0 });
});

test('shows a signup that waits, with the day it expires', async () => {
  newWorld();
  const { tenantId } = await signUp();
  expect((await get(tenantId)).body).toMatchObject({ status: 'PENDING', expiresAt: '2026-11-27T08:00:00.000Z' });
});

test('reads every page of a tenant’s records', async () => {
  const world = newWorld();
  const tenantId = await onboardedTenant(world);
  world.database.pageSize = 2;
  const { body } = await get(tenantId);
  expect(body.steps.filter(({ state }: { state: string }) => state === 'SUCCEEDED')).toHaveLength(starterSteps.length);
});

test('an unknown tenant is 404', async () => {
  newWorld();
  expect((await get('99999999-9999-4999-8999-999999999999')).status).toBe(404);
});
