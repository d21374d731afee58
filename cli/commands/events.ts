import type { Command } from 'commander';
import type { AuditEvent } from '../../contracts/tenant.ts';
import { actorOf, detailOf, newEventsOf } from '../audit-events.ts';
import { contextOf } from '../context.ts';
import { examples, seconds } from '../options.ts';
import { plain, printJson, printJsonLine, printLines, table } from '../output.ts';
import { watch } from '../polling.ts';

interface Options {
  readonly follow?: boolean;
  readonly timeout?: number;
}

/** Adds the command that prints a tenant's audit trail. */
export function events(program: Command): void {
  program
    .command('events')
    .summary("print a tenant's audit events")
    .description("Prints all events of a tenant's audit trail, the oldest first. Needs you to be signed in.")
    .argument('<tenantId>', 'the id of the tenant')
    .option('--follow', 'go on with each new event until Ctrl-C; with --json one event a line')
    .option('--timeout <seconds>', 'with --follow: end after that time', seconds)
    .addHelpText('after', examples('tenantry events 6f1f0c7e-6f0c-4a5e-9d60-3d0b4c3ad7a1 --follow', 'tenantry events <tenantId> --json'))
    .action(async (tenantId: string, options: Options, command: Command) => {
      const context = contextOf(command);
      const newEvents = newEventsOf(context, tenantId);
      if (options.follow) {
        const print = context.json ? printJsonLine : (event: AuditEvent) => printLines([followLine(event)]);
        await watch(
          newEvents,
          (found) => {
            found.forEach(print);
            return found.length > 0 ? 'changed' : 'same';
          },
          options.timeout,
        );
        return;
      }
      const all = await newEvents();
      if (context.json) return printJson({ events: all });
      printLines(table(['SEQ', 'AT', 'TYPE', 'STEP', 'ATTEMPT', 'ACTOR', 'DETAIL'], all.map(rowOf)));
    });
}

function rowOf(event: AuditEvent): string[] {
  const { seq, at, type, step = '-', attempt } = event;
  return [String(seq), at, type, step, attempt === undefined ? '-' : String(attempt), actorOf(event), detailOf(event)];
}

function followLine(event: AuditEvent): string {
  const { seq, at, type, step, attempt, actor } = event;
  const by = actor.kind === 'step' && actor.id === step ? undefined : actorOf(event);
  const parts = [step, attempt === undefined ? undefined : `attempt ${attempt}`, by, detailOf(event)].filter(Boolean);
  return plain(`${at}  ${String(seq).padStart(4)}  ${type.padEnd(16)}  ${parts.join(', ')}`).replaceAll('\n', ' ');
}
