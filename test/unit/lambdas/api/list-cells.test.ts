import { expect, test } from '@jest/globals';
import { loadCatalog } from '../../../../catalog/catalog.ts';
import { handler } from '../../../../lambdas/api/list-cells.ts';
import { siloTenant } from '../../../support/onboarding.ts';
import { send, staffClaims } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { newWorld, tables } from '../../../support/world.ts';

collectOutput();
const list = () => send(handler, 'ListCells', { claims: staffClaims });
const [home] = loadCatalog().cells;

test('shows each cell with its limits, and by the tightest of them how much room is left', async () => {
  const world = newWorld();
  expect((await list()).body).toEqual({
    cells: [{ cell: 'home', account: 'own', region: 'own', limits: home?.limits, silos: 0, room: home?.limits.roles }],
  });
  await siloTenant(world);
  expect((await list()).body.cells).toMatchObject([{ cell: 'home', silos: 1, room: (home?.limits.roles ?? 0) - 1 }]);
});

test('a cell whose limit was lowered below what it has is full, and not less than that', async () => {
  const world = newWorld();
  world.database.place(tables.tenants, { pk: 'CELL#home', sk: 'CELL', silos: 5_000 });
  expect((await list()).body.cells).toMatchObject([{ silos: 5_000, room: 0 }]);
});
