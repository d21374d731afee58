import type { Command } from 'commander';
import { contextOf } from '../context.ts';
import { allFindings, findingLines } from '../findings.ts';
import { examples, seconds } from '../options.ts';
import { printJson, printJsonLine, printLines, printNote } from '../output.ts';
import { watch } from '../polling.ts';

interface Options {
  readonly kind?: string;
  readonly tenant?: string;
  readonly step?: string;
  readonly closed?: boolean;
  readonly watch?: boolean;
  readonly timeout?: number;
}

/** Adds the command that lists what is wrong. */
export function stuck(program: Command): void {
  program
    .command('stuck')
    .summary('list who is stuck where, since when, why, and what to do')
    .description(
      'Lists what was found wrong and still is, the newest first: the tenant, the step, since when, why, what to do, and the article of the runbook. Needs you to be signed in.',
    )
    .option('--kind <kind>', 'only findings of this kind, such as RunFailed')
    .option('--tenant <tenantId>', 'only findings of this tenant')
    .option('--step <step>', 'only findings of this step, such as CreateAdminUser')
    .option('--closed', 'what was wrong and is no more')
    .option('--watch', 'print the list anew whenever it changes, until Ctrl-C; with --json one list a line')
    .option('--timeout <seconds>', 'with --watch: end after that time', seconds)
    .addHelpText(
      'after',
      examples('tenantry stuck', 'tenantry stuck --kind RunFailed --step CreateAdminUser --json', 'tenantry stuck --watch'),
    )
    .action(async ({ kind, tenant, step, closed, watch: watching, timeout }: Options, command: Command) => {
      const context = contextOf(command);
      const read = () => allFindings(context, { kind, tenantId: tenant, step, state: closed ? 'closed' : undefined });
      const print = (findings: Awaited<ReturnType<typeof read>>) => {
        if (findings.length === 0) return printNote(closed ? 'Nothing that was found is closed.' : 'Nothing is stuck.');
        printLines(findings.flatMap((finding, place) => [...(place > 0 ? [''] : []), ...findingLines(finding)]));
      };
      if (!watching) {
        const findings = await read();
        return context.json ? printJson({ findings }) : print(findings);
      }
      let seen: string | undefined;
      await watch(
        read,
        (findings) => {
          const now = JSON.stringify(findings.map(({ findingId, openedAt, closedAt }) => [findingId, openedAt, closedAt]));
          if (now === seen) return 'same';
          seen = now;
          if (context.json) printJsonLine({ findings });
          else print(findings);
          return 'changed';
        },
        timeout,
      );
    });
}
