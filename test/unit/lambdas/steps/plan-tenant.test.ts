import { expect, test } from '@jest/globals';
import { loadCatalog, type Tier } from '../../../../catalog/catalog.ts';
import { onboardSteps } from '../../../../contracts/steps.ts';
import { changeTenant, runStep, tenantBefore, tenantOf } from '../../../support/onboarding.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { newWorld } from '../../../support/world.ts';

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
    steps: onboardSteps.filter((step) => !['DeploySilo', 'EnqueueBilling'].includes(step)),
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
