import { expect, test } from '@jest/globals';
import { changeTenant, runStep, stepRecord, tenantBefore, tenantOf } from '../../../support/onboarding.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { awsError, newWorld, tables } from '../../../support/world.ts';

collectOutput();

test("claims the tenant's namespace for its run, with the tenant's own credentials alone", async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'EstablishIsolation');
  const result = await runStep(world, 'EstablishIsolation', tenantId);
  const { run } = tenantOf(world, tenantId);
  expect(world.database.all(tables.tenantData)).toEqual([
    { tenantId, itemId: 'NAMESPACE', runId: run?.runId, claimedAt: '2026-11-20T08:00:00.000Z' },
  ]);
  expect(result).toEqual({ roleArn: 'arn:aws:iam::111122223333:role/PooledTenantRole', sessionTags: { tenantId }, namespace: tenantId });
});

test('says what it is about to claim before it claims it', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'EstablishIsolation');
  world.fail('Put', awsError('InternalServerError', 'server'));
  await expect(runStep(world, 'EstablishIsolation', tenantId)).rejects.toThrow();
  expect(stepRecord(world, tenantId, 'EstablishIsolation')).toMatchObject({ state: 'FAILED', intent: { namespace: tenantId } });
});

test('a restart of the run from the top meets the claim that it made', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'EstablishIsolation');
  const first = await runStep(world, 'EstablishIsolation', tenantId);
  const run = tenantOf(world, tenantId).run as { runId: string; generation: number; startedAt: string };
  changeTenant(world, tenantId, { run: { ...run, generation: 2 } });
  expect(await runStep(world, 'EstablishIsolation', tenantId)).toEqual(first);
});

test('a role that may not be assumed fails with the name that AWS gave', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'EstablishIsolation');
  world.fail('AssumeRole', awsError('AccessDenied'));
  await expect(runStep(world, 'EstablishIsolation', tenantId)).rejects.toMatchObject({ name: 'AccessDenied' });
  expect(world.database.all(tables.tenantData)).toEqual([]);
});
