import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { CellRoom } from '../../contracts/silos.ts';
import { isNearlyFull, readCells } from '../shared/cells.ts';
import { closeFinding, findingsOf, raiseFinding } from '../shared/findings.ts';
import { logger } from '../shared/logger.ts';
import { instant } from '../shared/runtime.ts';

/*
 * Opens a finding of each cell that is nearly full, on a schedule, while there is time to have a quota raised, and closes it when there is room again or the cell has left the catalog. Repeating
 * changes nothing.
 */

const actor = { kind: 'schedule', id: 'WatchCells' } as const;

async function watch(cell: CellRoom, at: string): Promise<void> {
  const subject = { kind: 'CellNearlyFull', about: cell.cell } as const;
  if (isNearlyFull(cell))
    await raiseFinding({
      ...subject,
      actor,
      at,
      reason: `The cell ${cell.cell} has ${cell.silos} silos, and room for ${cell.room} more.`,
    });
  else await closeFinding(subject, { actor, at, reason: `The cell ${cell.cell} has room for ${cell.room} more silos.` });
}

async function closeOfCellsThatLeft(cells: readonly CellRoom[], at: string): Promise<void> {
  for (const finding of await findingsOf(undefined)) {
    if (finding.kind !== 'CellNearlyFull' || finding.closedAt || cells.some(({ cell }) => cell === finding.about)) continue;
    await closeFinding(finding, { actor, at, reason: `The cell ${finding.about} has left the catalog: no tenant is given a place in it.` });
  }
}

export const handler = middy<unknown, { nearlyFull: number }>()
  .use(injectLambdaContext(logger, { resetKeys: true }))
  .handler(async (_event: unknown, _context: Context) => {
    // Before the look: what is found anew meanwhile is not closed by it.
    const at = instant();
    const cells = await readCells();
    for (const cell of cells) await watch(cell, at);
    await closeOfCellsThatLeft(cells, at);
    return { nearlyFull: cells.filter(isNearlyFull).length };
  });
