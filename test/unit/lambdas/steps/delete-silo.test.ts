import { beforeEach, expect, test } from '@jest/globals';
import {
  abandon,
  abandonedBefore,
  runStep,
  siloStackOf,
  siloTenant,
  stepRecord,
  tenantOf,
  tenantWithSilo,
} from '../../../support/onboarding.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { newWorld, tables, type World } from '../../../support/world.ts';

collectOutput();
let world: World;
beforeEach(() => {
  world = newWorld();
});

const silosInCell = () => world.database.all(tables.tenants).find(({ sk }) => sk === 'CELL')?.['silos'];

test('deletes the protected stack, waits until it is gone, and gives the place in the cell back once', async () => {
  const tenantId = await tenantWithSilo(world);
  const { StackName } = siloStackOf(tenantId);
  await abandon(tenantId);
  expect([silosInCell(), world.silos.stacks.get(StackName)?.EnableTerminationProtection]).toEqual([1, true]);
  expect(await runStep(world, 'DeleteSilo', tenantId)).toMatchObject({ ready: false });
  expect(world.silos.stacks.get(StackName)?.StackStatus).toBe('DELETE_IN_PROGRESS');
  expect(await runStep(world, 'DeleteSilo', tenantId)).toMatchObject({ ready: false });
  expect(silosInCell()).toBe(1);
  world.silos.become(StackName, 'DELETE_COMPLETE');
  for (let time = 0; time < 2; time += 1) expect(await runStep(world, 'DeleteSilo', tenantId)).toMatchObject({ ready: true });
  expect(silosInCell()).toBe(0);
  expect(tenantOf(world, tenantId)).not.toHaveProperty('silo');
  expect(tenantOf(world, tenantId)).not.toHaveProperty('cell');
});

test('deletes the user pool once the stack is gone, and not before', async () => {
  const tenantId = await abandonedBefore(world, 'EmptySilo');
  const { StackName } = siloStackOf(tenantId);
  await runStep(world, 'EmptySilo', tenantId);
  await runStep(world, 'DeleteSilo', tenantId);
  expect(world.calls).not.toContain('DeleteUserPool');
  world.silos.become(StackName, 'DELETE_COMPLETE');
  expect(await runStep(world, 'DeleteSilo', tenantId)).toMatchObject({ ready: true });
  expect([...world.silos.remains]).toEqual([]);
});

test('finds the user pool gone that an attempt before it had deleted, and one that it may not delete there', async () => {
  const tenantId = await abandonedBefore(world, 'EmptySilo');
  const { StackName } = siloStackOf(tenantId);
  await runStep(world, 'EmptySilo', tenantId);
  await runStep(world, 'DeleteSilo', tenantId);
  world.silos.become(StackName, 'DELETE_COMPLETE');
  const denied = Object.assign(new Error('not authorized'), { name: 'AccessDeniedException', $fault: 'client' });
  world.fail('DeleteUserPool', denied);
  await expect(runStep(world, 'DeleteSilo', tenantId)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  world.silos.remains.clear();
  expect(await runStep(world, 'DeleteSilo', tenantId, { redriveCount: 1 })).toMatchObject({ ready: true });
});

test('gives the place back where the silo was never asked for', async () => {
  const tenantId = await siloTenant(world);
  await abandon(tenantId);
  expect(await runStep(world, 'DeleteSilo', tenantId)).toMatchObject({ ready: true });
  expect(silosInCell()).toBe(0);
});

test('a deletion that failed fails the step with the reason in words, and a redrive asks for it again', async () => {
  const tenantId = await tenantWithSilo(world);
  const { StackName } = siloStackOf(tenantId);
  await abandon(tenantId);
  await runStep(world, 'DeleteSilo', tenantId);
  world.silos.say(StackName, 'DELETE_FAILED', {
    LogicalResourceId: 'TenantRole',
    ResourceType: 'AWS::IAM::Role',
    ResourceStatusReason: 'AccessDenied',
  });
  world.silos.become(StackName, 'DELETE_FAILED');
  await expect(runStep(world, 'DeleteSilo', tenantId)).rejects.toMatchObject({ name: 'CheckFailed' });
  expect(stepRecord(world, tenantId, 'DeleteSilo')).toMatchObject({ state: 'FAILED', failure: { class: 'bug' } });
  expect(await runStep(world, 'DeleteSilo', tenantId, { redriveCount: 1 })).toMatchObject({ ready: false });
  expect(world.silos.stacks.get(StackName)?.StackStatus).toBe('DELETE_IN_PROGRESS');
});
