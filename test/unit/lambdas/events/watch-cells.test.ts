import { beforeEach, expect, test } from '@jest/globals';
import type { Context } from 'aws-lambda';
import { loadCatalog } from '../../../../catalog/catalog.ts';
import type { Finding } from '../../../../contracts/findings.ts';
import { handler } from '../../../../lambdas/events/watch-cells.ts';
import { raiseFinding } from '../../../../lambdas/shared/findings.ts';
import { context } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { newWorld, tables, type World } from '../../../support/world.ts';

collectOutput();
let world: World;
beforeEach(() => {
  world = newWorld();
});

const limits = loadCatalog().cells[0]?.limits;
const places = Math.min(...Object.values(limits ?? {}));
const fill = (silos: number) => world.database.place(tables.tenants, { pk: 'CELL#home', sk: 'CELL', silos });
const watch = () => {
  world.advance(3_600_000);
  return (handler as unknown as (event: object, context: Context) => Promise<{ nearlyFull: number }>)({}, context());
};
const findings = () => world.database.all(tables.findings) as unknown as Finding[];

test('says nothing of a cell that has room', async () => {
  expect(await watch()).toEqual({ nearlyFull: 0 });
  fill(places - Math.ceil(places / 10));
  expect(await watch()).toEqual({ nearlyFull: 0 });
  expect(findings()).toEqual([]);
});

test('finds a cell before it is full, once, and closes the finding when there is room again', async () => {
  fill(places - Math.ceil(places / 10) + 1);
  expect(await watch()).toEqual({ nearlyFull: 1 });
  const [found] = findings();
  expect(found).toMatchObject({ kind: 'CellNearlyFull', about: 'home', article: 'docs/runbook.md#cellnearlyfull' });
  expect(found).not.toHaveProperty('tenantId');
  fill(places + 100);
  await watch();
  expect(findings()).toMatchObject([{ findingId: found?.findingId, openedAt: found?.openedAt }]);
  fill(places / 2);
  await watch();
  expect(findings()).toMatchObject([{ closedBy: { kind: 'schedule', id: 'WatchCells' } }]);
});

test('closes the finding of a cell that has left the catalog', async () => {
  await raiseFinding({
    kind: 'CellNearlyFull',
    about: 'away',
    reason: 'It was nearly full.',
    actor: { kind: 'schedule', id: 'WatchCells' },
  });
  fill(places - Math.ceil(places / 10) + 1);
  await watch();
  expect(findings().map(({ about, closedAt }) => ({ about, open: !closedAt }))).toEqual(
    expect.arrayContaining([
      { about: 'away', open: false },
      { about: 'home', open: true },
    ]),
  );
});
