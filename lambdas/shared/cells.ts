import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { CellLimits, CellRoom } from '../../contracts/silos.ts';
import { catalog } from './catalog.ts';
import { dynamodb } from './clients.ts';
import type { Decision } from './commit.ts';
import { environment } from './environment.ts';
import { BuildFailed } from './errors.ts';
import { cellKey, type Tenant } from './tenants.ts';

/*
 * How many silos each cell has. A tenant's place is written in the transaction that writes `cell` on its head, and given back in the one that takes it away: the
 * head says whether the tenant has a place, so that none is taken or given back twice.
 */

type Quota = keyof CellLimits;

function tightestOf(limits: CellLimits): { readonly quota: Quota; readonly limit: number } {
  const all = (Object.entries(limits) as [Quota, number][]).map(([quota, limit]) => ({ quota, limit }));
  return all.reduce((tightest, each) => (each.limit < tightest.limit ? each : tightest));
}

async function silosIn(cell: string): Promise<number> {
  const { Item } = await dynamodb().send(
    new GetCommand({ TableName: environment('TENANTS_TABLE'), Key: cellKey(cell), ConsistentRead: true }),
  );
  return (Item as { silos: number } | undefined)?.silos ?? 0;
}

/** @returns each cell of the catalog with what is left of it, in the order in which they are filled */
export const readCells = (): Promise<CellRoom[]> =>
  Promise.all(
    catalog().cells.map(async ({ cell, account, region, limits }): Promise<CellRoom> => {
      const silos = await silosIn(cell);
      return { cell, account, region, limits, silos, room: Math.max(0, tightestOf(limits).limit - silos) };
    }),
  );

/** Whether less than a tenth of a cell's places is left: while some still are, there is time to have a quota raised, which takes AWS days. */
export const isNearlyFull = ({ limits, room }: CellRoom) => room < tightestOf(limits).limit / 10;

/** What there are too few of, in words that the customer may read. */
const words: Readonly<Record<Quota, string>> = { stacks: 'stacks', roles: 'access roles', userPools: 'user directories' };

/**
 * @returns the first cell that has room for one more silo
 * @throws BuildFailed of class "quota" when none has, which names each cell's limit
 */
export async function cellWithRoom(): Promise<CellRoom> {
  const cells = await readCells();
  const found = cells.find(({ room }) => room > 0);
  if (found) return found;
  const full = cells.map(({ cell, limits }) => ({ cell, ...tightestOf(limits) }));
  const quotas = [...new Set(full.map(({ quota }) => words[quota]))].join(' and ');
  throw new BuildFailed(`There is no room for the tenant's own resources: our platform has no ${quotas} left.`, {
    class: 'quota',
    code: 'NoRoom',
    operation: `Cells: ${full.map(({ cell, quota, limit }) => `${cell} has its ${limit} ${quota}`).join(', ')}`,
  });
}

type Write = NonNullable<Decision<unknown>['alongside']>[number];

/**
 * Takes a place in a cell, while it has one; must be written with the head that says so.
 * @returns a write that fails when the cell has filled up since it was looked at: the step is tried again then, and looks again
 */
export const reserveIn = ({ cell, limits }: CellRoom): Write => ({
  Update: {
    TableName: environment('TENANTS_TABLE'),
    Key: cellKey(cell),
    UpdateExpression: 'ADD silos :one',
    ConditionExpression: 'attribute_not_exists(silos) OR silos < :limit',
    ExpressionAttributeValues: { ':one': 1, ':limit': tightestOf(limits).limit },
  },
});

/**
 * Gives the tenant's place back, when its silo is gone. Decided on the tenant as it is when that is committed, so a repeat finds no place and gives nothing back.
 * @returns what of the tenant changes, and what must be written with it
 */
export function releaseCell({ cell }: Tenant): Pick<Decision<unknown>, 'tenant' | 'alongside'> {
  if (!cell) return {};
  const Update = {
    TableName: environment('TENANTS_TABLE'),
    Key: cellKey(cell),
    UpdateExpression: 'ADD silos :less',
    ExpressionAttributeValues: { ':less': -1 },
  };
  return { tenant: { cell: undefined }, alongside: [{ Update }] };
}
