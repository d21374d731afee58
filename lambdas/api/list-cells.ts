import { ListCells } from '../../contracts/routes.ts';
import type { CellList } from '../../contracts/silos.ts';
import { apiHandler } from '../shared/api.ts';
import { readCells } from '../shared/cells.ts';

/* Shows each cell of the catalog with its limits and what is left of it. */

export const handler = apiHandler(ListCells, async () => {
  const body: CellList = { cells: await readCells() };
  return { body };
});
