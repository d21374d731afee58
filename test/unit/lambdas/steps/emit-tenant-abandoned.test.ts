import { beforeEach, expect, test } from '@jest/globals';
import { events } from '../../../../contracts/events.ts';
import { abandonedBefore, runStep, tenantOf } from '../../../support/onboarding.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { newWorld, type World } from '../../../support/world.ts';

collectOutput();
let world: World;
beforeEach(() => {
  world = newWorld();
});

test('says once more with the same id what it may have said already, and the run is finished with it', async () => {
  const tenantId = await abandonedBefore(world, 'EmitTenantAbandoned');
  expect(tenantOf(world, tenantId)).toHaveProperty('unfinishedPartition');
  world.loseAnswer('PutEvents');
  await expect(runStep(world, 'EmitTenantAbandoned', tenantId)).rejects.toMatchObject({ name: 'TimeoutError' });
  await runStep(world, 'EmitTenantAbandoned', tenantId, { retryCount: 1 });
  const details = world.busEvents.map(({ DetailType, Detail }) => ({ DetailType, detail: JSON.parse(String(Detail)) }));
  expect(details).toHaveLength(2);
  expect(details[0]).toEqual(details[1]);
  expect(details[0]?.DetailType).toBe('TenantAbandoned');
  const { slug, revision } = tenantOf(world, tenantId);
  expect(events.TenantAbandoned.parse(details[0]?.detail)).toMatchObject({ tenantId, slug, revision });
  expect(tenantOf(world, tenantId)).not.toHaveProperty('unfinishedPartition');
});
