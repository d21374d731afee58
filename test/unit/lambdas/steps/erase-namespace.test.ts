import { beforeEach, expect, test } from '@jest/globals';
import { abandon, abandonedBefore, runStep, tenantBefore, tenantOf } from '../../../support/onboarding.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { newWorld, tables, type World } from '../../../support/world.ts';

collectOutput();
let world: World;
beforeEach(() => {
  world = newWorld();
});

const another = '22222222-2222-4222-8222-222222222222';
const ownerships = () => world.database.all(tables.tenantData).map(({ tenantId }) => tenantId);

test("deletes every item and every object of the tenant's, page by page, and nobody else's", async () => {
  const tenantId = await abandonedBefore(world, 'EraseNamespace');
  world.database.pageSize = 2;
  for (const owner of [tenantId, another])
    for (const itemId of ['a', 'b', 'c', 'd', 'e']) {
      world.database.place(tables.tenantData, { tenantId: owner, itemId });
      world.bucket.objects.add(`tenant-data/${owner}/${itemId}`);
    }
  expect(await runStep(world, 'EraseNamespace', tenantId)).toMatchObject({ ready: true });
  expect(ownerships()).toEqual(Array(5).fill(another));
  expect([...world.bucket.objects].every((key) => key.startsWith(`tenant-data/${another}/`))).toBe(true);
  expect(world.bucket.objects.size).toBe(5);
});

test('what takes more than a few pages is asked for again', async () => {
  const tenantId = await abandonedBefore(world, 'EraseNamespace');
  world.database.pageSize = 1;
  for (let item = 0; item < 7; item += 1) world.database.place(tables.tenantData, { tenantId, itemId: `item-${item}` });
  expect(await runStep(world, 'EraseNamespace', tenantId)).toMatchObject({ ready: false });
  expect(await runStep(world, 'EraseNamespace', tenantId)).toMatchObject({ ready: true });
  expect(ownerships()).toEqual([]);
});

test('says of what was tested that old versions of an object stay', async () => {
  const tenantId = await abandonedBefore(world, 'EraseNamespace');
  await runStep(world, 'EraseNamespace', tenantId);
  expect(tenantOf(world, tenantId).notUndone).toEqual([expect.stringMatching(/35 days/)]);
});

test('asks for no credentials where nothing had been claimed', async () => {
  const tenantId = await tenantBefore(world, 'EstablishIsolation');
  await abandon(tenantId);
  const { length } = world.calls;
  expect(await runStep(world, 'EraseNamespace', tenantId)).toMatchObject({ ready: true, notUndone: [] });
  expect(world.calls.slice(length)).not.toContain('Invoke');
});
