import { beforeEach, expect, test } from '@jest/globals';
import { abandon, abandonedBefore, changeTenant, runStep, tenantBefore, tenantOf } from '../../../support/onboarding.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { newWorld, type World } from '../../../support/world.ts';

collectOutput();
let world: World;
beforeEach(() => {
  world = newWorld();
});

test("deletes the administrator's user", async () => {
  const tenantId = await abandonedBefore(world, 'DeleteAdminUser');
  expect(world.userPool.users.size).toBe(1);
  expect(await runStep(world, 'DeleteAdminUser', tenantId)).toEqual({ notUndone: [] });
  expect(world.userPool.users.size).toBe(0);
});

test('finds a user whose making was never recorded', async () => {
  const tenantId = await tenantBefore(world, 'CreateAdminUser');
  await runStep(world, 'CreateAdminUser', tenantId);
  changeTenant(world, tenantId, { administratorUsername: undefined } as never);
  await abandon(tenantId);
  expect(tenantOf(world, tenantId).administratorUsername).toBeUndefined();
  expect(await runStep(world, 'DeleteAdminUser', tenantId)).toEqual({ notUndone: [] });
  expect(world.userPool.users.size).toBe(0);
});

test('finds nothing to do where there never was a user', async () => {
  const tenantId = await tenantBefore(world, 'CreateAdminUser');
  await abandon(tenantId);
  expect(await runStep(world, 'DeleteAdminUser', tenantId)).toEqual({ notUndone: [] });
});
