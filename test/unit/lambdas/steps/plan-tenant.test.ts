import { beforeEach, describe, expect, test } from '@jest/globals';
import { loadCatalog, type Tier } from '../../../../catalog/catalog.ts';
import { onboardSteps } from '../../../../contracts/steps.ts';
import { changeTenant, eventsOf, runStep, signUpAndConfirm, stepRecord, tenantBefore, tenantOf } from '../../../support/onboarding.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { newWorld, tables, type World } from '../../../support/world.ts';

collectOutput();
const starter = loadCatalog().tiers.find(({ tier }) => tier === 'starter') as Tier;

test('answers what will be made: the tier with its version, the isolation of each resource, and the steps', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'PlanTenant');
  expect(await runStep(world, 'PlanTenant', tenantId)).toEqual({
    tier: 'starter',
    tierVersion: starter.version,
    isolation: starter.isolation,
    // A free tier in the pool has nothing deployed for it alone, and is not billed.
    steps: onboardSteps.filter((step) => !['DeploySilo', 'RegisterHostName', 'EnqueueBilling'].includes(step)),
  });
});

test('a tier that has moved on since the signup is the one that the tenant gets, and that its record says', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'PlanTenant');
  changeTenant(world, tenantId, { tierVersion: starter.version + 6 });
  await runStep(world, 'PlanTenant', tenantId);
  expect(tenantOf(world, tenantId).tierVersion).toBe(starter.version);
});

test('a tier that has left the catalog is an error that names it and says what to do', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'PlanTenant');
  changeTenant(world, tenantId, { tier: 'gone' });
  await expect(runStep(world, 'PlanTenant', tenantId)).rejects.toMatchObject({
    name: 'InvalidInput',
    message: expect.stringMatching(/"gone".*put it back/),
  });
});

describe('a tenant with a silo', () => {
  const limit = 900;
  let world: World;
  beforeEach(() => {
    world = newWorld();
  });
  const silos = () => world.database.get({ TableName: tables.tenants, Key: { pk: 'CELL#home', sk: 'CELL' } }).Item?.['silos'];
  const fill = (count: number) => world.database.place(tables.tenants, { pk: 'CELL#home', sk: 'CELL', silos: count });
  const planned = async () => {
    const tenantId = await signUpAndConfirm(world);
    changeTenant(world, tenantId, { tier: 'enterprise' });
    return tenantId;
  };
  const plan = (tenantId: string, changes = {}) => runStep(world, 'PlanTenant', tenantId, changes);

  test('gets a place in a cell, which the plan, the tenant and the audit trail say; others take none', async () => {
    const tenantId = await planned();
    expect(await plan(tenantId)).toMatchObject({ cell: 'home' });
    expect(tenantOf(world, tenantId).cell).toBe('home');
    expect(eventsOf(world, tenantId).at(-1)?.data['result']).toMatchObject({ cell: 'home' });
    expect(silos()).toBe(1);
    const pooled = await tenantBefore(world, 'PlanTenant');
    expect(await plan(pooled)).not.toHaveProperty('cell');
    expect(tenantOf(world, pooled).cell).toBeUndefined();
    expect(silos()).toBe(1);
  });

  test('takes one place, whichever answer is lost and however often the plan is made', async () => {
    const tenantId = await planned();
    const before = world.calls.length;
    await plan(tenantId);
    const { length } = world.calls.slice(before);
    for (let call = 1; call <= length; call += 1) {
      world = newWorld();
      const again = await planned();
      world.loseAnswer(world.calls.length + call);
      await plan(again).catch(() => undefined);
      await plan(again, { retryCount: 1 });
      await plan(again, { redriveCount: 1 });
      expect({ call, silos: silos() }).toEqual({ call, silos: 1 });
    }
  });

  test('is told when no cell has room, with the limit that was reached, and goes on when one has', async () => {
    fill(limit);
    const tenantId = await planned();
    await expect(plan(tenantId)).rejects.toMatchObject({ name: 'CheckFailed' });
    expect(stepRecord(world, tenantId, 'PlanTenant')).toMatchObject({
      state: 'FAILED',
      failure: {
        class: 'quota',
        reason: "There is no room for the tenant's own resources: our platform has no access roles left.",
        error: 'NoRoom',
        operation: 'Cells: home has its 900 roles',
      },
    });
    expect(tenantOf(world, tenantId).cell).toBeUndefined();
    expect(silos()).toBe(limit);
    fill(limit - 1);
    expect(await plan(tenantId, { redriveCount: 1 })).toMatchObject({ cell: 'home' });
    expect(silos()).toBe(limit);
  });

  test('shares the last place with nobody', async () => {
    fill(limit - 1);
    const tenantIds = [await planned(), await planned()];
    const outcomes = await Promise.allSettled(tenantIds.map((tenantId) => plan(tenantId)));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(silos()).toBe(limit);
    const without = tenantIds.filter((tenantId) => !tenantOf(world, tenantId).cell);
    expect(without).toHaveLength(1);
    await expect(plan(without[0] as string, { retryCount: 1 })).rejects.toThrow('There is no room');
  });
});
