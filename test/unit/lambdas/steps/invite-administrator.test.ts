import { expect, test } from '@jest/globals';
import { changeTenant, runStep, tenantBefore, tenantOf } from '../../../support/onboarding.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { newWorld, type World } from '../../../support/world.ts';

collectOutput();
const user = (world: World, tenantId: string) => {
  const found = world.userPool.users.get(tenantOf(world, tenantId).administratorUsername as string);
  if (!found) throw new Error('The tenant has no user.');
  return found;
};

test('has Cognito mail one invitation, and no password passes through the step', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'InviteAdministrator');
  expect(await runStep(world, 'InviteAdministrator', tenantId)).toEqual({ invitedAt: '2026-11-20T08:00:00.000Z' });
  expect(world.userPool.invitations).toEqual([tenantOf(world, tenantId).administratorUsername]);
  await runStep(world, 'InviteAdministrator', tenantId);
  expect(world.userPool.invitations).toHaveLength(1);
});

test('after the record of a sent mail was lost sends another one, so that the last mail always works', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'InviteAdministrator');
  world.loseAnswer('AdminCreateUser');
  await expect(runStep(world, 'InviteAdministrator', tenantId)).rejects.toThrow();
  await runStep(world, 'InviteAdministrator', tenantId);
  expect(world.userPool.invitations).toHaveLength(2);
});

test('leaves an administrator alone who has chosen a password already', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'InviteAdministrator');
  Object.assign(user(world, tenantId), { status: 'CONFIRMED', password: 'their own' });
  await runStep(world, 'InviteAdministrator', tenantId);
  expect(world.userPool.invitations).toEqual([]);
  expect(user(world, tenantId)).toMatchObject({ status: 'CONFIRMED', password: 'their own' });
});

test('a tenant whose record names no administrator is refused, and nobody is asked for', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'InviteAdministrator');
  changeTenant(world, tenantId, { administratorUsername: undefined } as never);
  const before = world.calls.length;
  await expect(runStep(world, 'InviteAdministrator', tenantId)).rejects.toMatchObject({ name: 'NotAllowed' });
  expect(world.calls.slice(before)).not.toContain('AdminGetUser');
});

test('a user that is gone is a conflict', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'InviteAdministrator');
  world.userPool.users.clear();
  await expect(runStep(world, 'InviteAdministrator', tenantId)).rejects.toMatchObject({ name: 'Conflict' });
});
