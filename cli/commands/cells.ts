import type { Command } from 'commander';
import { contextOf } from '../context.ts';
import { examples } from '../options.ts';
import { printJson, printLines, printNote, table } from '../output.ts';

/** Adds the command that shows the room for silos. */
export function cells(program: Command): void {
  program
    .command('cells')
    .summary('show how many more silos there is room for')
    .description(
      'Shows each cell (an account and a Region that silos are made in): its limits, how many silos it has, and how many more it takes. Needs you to be signed in.',
    )
    .addHelpText('after', examples('tenantry cells', 'tenantry cells --json'))
    .action(async (_options: object, command: Command) => {
      const context = contextOf(command);
      const found = await context.call('ListCells', {});
      if (context.json) return printJson(found);
      printLines(
        table(
          ['CELL', 'ACCOUNT', 'REGION', 'STACKS', 'ROLES', 'USER POOLS', 'SILOS', 'ROOM'],
          found.cells.map(({ cell, account, region, limits, silos, room }) => [
            ...[cell, account, region],
            ...[limits.stacks, limits.roles, limits.userPools, silos, room].map(String),
          ]),
        ),
      );
      if (found.cells.every(({ room }) => room === 0))
        printNote('There is no room: raise the quotas, then the limits in catalog/cells.json, and deploy.');
    });
}
