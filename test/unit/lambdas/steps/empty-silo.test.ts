import { beforeEach, expect, test } from '@jest/globals';
import {
  abandon,
  abandonedBefore,
  runStep,
  siloStackOf,
  siloTenant,
  tenantBefore,
  tenantOf,
  tenantWithFailedSilo,
} from '../../../support/onboarding.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { awsError, newWorld, type World } from '../../../support/world.ts';

collectOutput();
let world: World;
beforeEach(() => {
  world = newWorld();
});

test('deletes table, bucket with every version and key, says when the key is gone, and names the user pool', async () => {
  const tenantId = await abandonedBefore(world, 'EmptySilo');
  world.silos.objectVersions.set(`BucketName of ${siloStackOf(tenantId).StackName}`, ['a', 'a', 'b']);
  expect(world.silos.remains.size).toBe(4);
  const pool = `UserPoolId of ${siloStackOf(tenantId).StackName}`;
  expect(await runStep(world, 'EmptySilo', tenantId)).toMatchObject({ ready: true, userPoolIds: [pool] });
  expect([...world.silos.remains.keys()]).toEqual([pool]);
  expect(tenantOf(world, tenantId).notUndone).toEqual([expect.stringMatching(/^The key .* is deleted by KMS on 2026-11-27\.$/)]);
});

test('waits until the table is gone before it touches what the table is encrypted under', async () => {
  const tenantId = await abandonedBefore(world, 'EmptySilo');
  world.silos.tablesLinger = true;
  expect(await runStep(world, 'EmptySilo', tenantId)).toMatchObject({ ready: false });
  expect(world.silos.remains.size).toBe(4);
  world.silos.tablesLinger = false;
  expect(await runStep(world, 'EmptySilo', tenantId)).toMatchObject({ ready: true });
});

test('an object that cannot be deleted fails the step under its own name', async () => {
  const tenantId = await abandonedBefore(world, 'EmptySilo');
  world.silos.objectVersions.set(`BucketName of ${siloStackOf(tenantId).StackName}`, ['a']);
  Object.assign(world.silos, { deleteVersions: () => ({ Errors: [{ Key: 'a', Code: 'AccessDenied' }] }) });
  await expect(runStep(world, 'EmptySilo', tenantId)).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('a bucket that somebody has deleted is gone', async () => {
  const tenantId = await abandonedBefore(world, 'EmptySilo');
  world.fail('ListObjectVersions', awsError('NoSuchBucket'));
  expect(await runStep(world, 'EmptySilo', tenantId)).toMatchObject({ ready: true });
});

test('waits for a silo that is still being made', async () => {
  const tenantId = await siloTenant(world);
  const { StackName, Tags } = siloStackOf(tenantId);
  world.silos.create({ StackName, Tags });
  await abandon(tenantId);
  expect(await runStep(world, 'EmptySilo', tenantId)).toMatchObject({ ready: false });
  expect(world.silos.remains.size).toBe(4);
  world.silos.become(StackName, 'CREATE_COMPLETE');
  expect(await runStep(world, 'EmptySilo', tenantId)).toMatchObject({ ready: true });
  expect(world.silos.remains.size).toBe(1);
});

test('finds nothing in a silo that could not be made, and for a tenant without one', async () => {
  const failed = await tenantWithFailedSilo(world);
  const pooled = await tenantBefore(world, 'TestTenant');
  for (const tenantId of [failed, pooled]) {
    await abandon(tenantId);
    expect(await runStep(world, 'EmptySilo', tenantId)).toMatchObject({ ready: true, notUndone: [] });
  }
  expect(world.calls).not.toContain('DeleteTable');
});

test('deletes what the tenant is known to have when somebody has deleted its stack', async () => {
  const tenantId = await abandonedBefore(world, 'EmptySilo');
  const { StackName } = siloStackOf(tenantId);
  world.silos.become(StackName, 'DELETE_COMPLETE');
  const pool = `UserPoolId of ${StackName}`;
  expect(await runStep(world, 'EmptySilo', tenantId)).toMatchObject({ ready: true, userPoolIds: [pool] });
  expect([...world.silos.remains.keys()]).toEqual([pool]);
  expect(await runStep(world, 'DeleteSilo', tenantId)).toMatchObject({ ready: true });
  expect(world.silos.remains.size).toBe(0);
});
