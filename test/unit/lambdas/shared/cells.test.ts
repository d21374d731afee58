import { beforeEach, expect, test } from '@jest/globals';
import { releaseCell } from '../../../../lambdas/shared/cells.ts';
import { commit } from '../../../../lambdas/shared/commit.ts';
import { siloTenant, tenantOf } from '../../../support/onboarding.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { newWorld, tables, type World } from '../../../support/world.ts';

collectOutput();
let world: World;
beforeEach(() => {
  world = newWorld();
});
const silos = () => world.database.get({ TableName: tables.tenants, Key: { pk: 'CELL#home', sk: 'CELL' } }).Item?.['silos'];

/** What a step does that takes a silo away. */
const giveBack = (tenantId: string) =>
  commit({ tenantId }, ({ tenant }) => ({
    answer: undefined,
    ...releaseCell(tenant),
    entry: { type: 'Released', actor: { kind: 'step', id: 'a test' }, data: {} },
  }));

test('a place is given back once, however often and whichever answer is lost', async () => {
  const [leaving, staying] = [await siloTenant(world), await siloTenant(world)];
  expect(silos()).toBe(2);
  world.loseAnswer('TransactWrite');
  await expect(giveBack(leaving)).rejects.toThrow();
  await giveBack(leaving);
  await Promise.all([giveBack(leaving), giveBack(leaving)]);
  expect(tenantOf(world, leaving)).not.toHaveProperty('cell');
  expect(tenantOf(world, staying).cell).toBe('home');
  expect(silos()).toBe(1);
});

test('a place is given back by one of two that do it at once', async () => {
  const tenantId = await siloTenant(world);
  await Promise.all([giveBack(tenantId), giveBack(tenantId)]);
  expect(silos()).toBe(0);
});
