import { expect, test } from '@jest/globals';
import { canary, runStep, tenantBefore, tenantOf } from '../../../support/onboarding.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { newWorld, tables } from '../../../support/world.ts';

collectOutput();

test("makes one user of the tenant's with the confirmed address, under a name that says nothing, and mails nobody", async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'CreateAdminUser');
  const { username } = (await runStep(world, 'CreateAdminUser', tenantId)) as { username: string };
  expect([...world.userPool.users]).toMatchObject([
    [username, { attributes: { email: canary.email, email_verified: 'true', 'custom:tenantId': tenantId } }],
  ]);
  expect(username).toMatch(/^u-[0-9a-f]{40}$/);
  expect(world.userPool.invitations).toEqual([]);
  expect(tenantOf(world, tenantId).administratorUsername).toBe(username);
});

test('the same person in two tenants is two users', async () => {
  const world = newWorld();
  const usernames = new Set<unknown>();
  for (let count = 0; count < 2; count += 1) {
    const tenantId = await tenantBefore(world, 'CreateAdminUser');
    usernames.add((await runStep(world, 'CreateAdminUser', tenantId))['username']);
  }
  expect([usernames.size, world.userPool.users.size]).toEqual([2, 2]);
});

test('an administrator who was erased meanwhile gets no user', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'CreateAdminUser');
  world.database.remove(tables.peopleKeys, { tenantId });
  await expect(runStep(world, 'CreateAdminUser', tenantId)).rejects.toMatchObject({ name: 'NotAllowed' });
  expect(world.userPool.users.size).toBe(0);
});
