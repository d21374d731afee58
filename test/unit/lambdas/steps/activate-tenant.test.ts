import { expect, test } from '@jest/globals';
import { eventsOf, runStep, stepRecord, tenantBefore, tenantOf } from '../../../support/onboarding.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { awsError, newWorld } from '../../../support/world.ts';

collectOutput();

test('makes the tenant ACTIVE in one transaction with its record and event', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'ActivateTenant');
  world.advance(9_000);
  const { revision } = tenantOf(world, tenantId);
  expect(await runStep(world, 'ActivateTenant', tenantId)).toEqual({ activatedAt: '2026-11-20T08:00:09.000Z' });
  expect(tenantOf(world, tenantId)).toMatchObject({
    status: 'ACTIVE',
    revision: revision + 1,
    statusChangedAt: '2026-11-20T08:00:09.000Z',
  });
  expect(eventsOf(world, tenantId).at(-1)).toMatchObject({
    type: 'StepSucceeded',
    revision: revision + 1,
    data: { from: 'PROVISIONING', to: 'ACTIVE' },
  });
});

test('whose transaction fails leaves the tenant where it was', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'ActivateTenant');
  world.fail(world.calls.length + 6, awsError('ThrottlingException'));
  await expect(runStep(world, 'ActivateTenant', tenantId)).rejects.toMatchObject({ name: 'Throttled' });
  expect(tenantOf(world, tenantId)).toMatchObject({ status: 'PROVISIONING', revision: 2 });
  expect(stepRecord(world, tenantId, 'ActivateTenant')?.state).toBe('FAILED');
});
