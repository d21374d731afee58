import type { Command } from 'commander';
import type { RedriveAccepted } from '../../contracts/tenant.ts';
import { type Context, contextOf } from '../context.ts';
import { failedRuns, type RedriveOutcome, redriveEach } from '../failed-runs.ts';
import { CommandFailure, exitCodes, usageFailure } from '../failure.ts';
import { examples, instant, perMinute } from '../options.ts';
import { plain, printJson, printJsonLine, printLines, printNote, table } from '../output.ts';

/** Adds the command that lets a failed run go on, or all that failed at one step. */
export function redrive(program: Command): void {
  program
    .command('redrive')
    .summary("go on from the failed step of a tenant's run")
    .description(
      "Lets a tenant's failed run go on from the step that failed, after its cause was repaired. Where Step Functions does not redrive its execution any more, and with --new-generation, the run starts from the top, and steps that are done answer what they answered. With --failed-at instead of a tenant: all runs that failed at that step, one after the other, the one that has waited for the longest first. Interrupted, it is sent again: runs that go on already are left as they are. Needs you to be signed in.",
    )
    .argument('[tenantId]', 'the id of the tenant')
    .option(
      '--reason <words>',
      'why, for the audit trail, which keeps it for good: no names and no addresses; needed for all but --dry-run',
    )
    .option('--new-generation', "start the run from the top, by the workflow's newest definition")
    .option('--failed-at <step>', 'all runs that failed at this step, such as CreateAdminUser; needs --since')
    .option('--since <instant>', 'with --failed-at: leave those alone that had failed before, such as 2026-11-02T09:00:00Z', instant)
    .option('--rate <number>', 'with --failed-at: at most so many a minute', perMinute, 30)
    .option('--dry-run', 'with --failed-at: list them, and change nothing')
    .addHelpText(
      'after',
      examples(
        "tenantry redrive 6f1f0c7e-6f0c-4a5e-9d60-3d0b4c3ad7a1 --reason 'the user quota was raised'",
        'tenantry redrive --failed-at CreateAdminUser --since 2026-11-02T09:00:00Z --dry-run',
      ),
    )
    .action(async (tenantId: string | undefined, options: Options, command: Command) => {
      const { failedAt, since, reason, dryRun } = options;
      const context = contextOf(command);
      if (tenantId && failedAt) throw usageFailure('Give a tenant or --failed-at, not both.');
      if (tenantId && dryRun) throw usageFailure('--dry-run is for --failed-at: one tenant is shown by tenantry show.');
      if (!reason && !dryRun) throw usageFailure('Give --reason: why, for the audit trail.');
      if (tenantId) return redriveOne(context, tenantId, options);
      if (!failedAt) throw usageFailure('Give the id of a tenant, or --failed-at and --since.');
      if (!since) throw usageFailure('--failed-at needs --since: the instant before which failures are left alone.');
      return redriveAll(context, failedAt, since, options);
    });
}

interface Options {
  readonly reason?: string;
  readonly newGeneration?: boolean;
  readonly failedAt?: string;
  readonly since?: string;
  readonly rate: number;
  readonly dryRun?: boolean;
}

async function redriveOne(context: Context, tenantId: string, { reason = '', newGeneration = false }: Options): Promise<void> {
  const accepted = await context.call('RedriveTenant', { path: { tenantId }, body: { reason, newGeneration } });
  if (context.json) return printJson(accepted);
  printLines([...wordsOf(accepted), `See how it goes: tenantry show ${tenantId}`]);
}

async function redriveAll(context: Context, step: string, since: string, options: Options): Promise<void> {
  const { reason = '', newGeneration = false, rate, dryRun } = options;
  const findings = await failedRuns(context, step, since);
  if (dryRun) {
    if (context.json) return printJson({ findings });
    if (findings.length > 0)
      printLines(
        table(
          ['TENANT', 'SINCE', 'WHY'],
          findings.map((finding) => [finding.tenantId, finding.openedAt, finding.reason]),
        ),
      );
    return printNote(`${findings.length} runs would go on.`);
  }
  const counts = { redriven: 0, left: 0, refused: 0 };
  const tenantIds = findings.map(({ tenantId }) => tenantId);
  for await (const outcome of redriveEach(context, tenantIds, { reason, newGeneration }, rate)) {
    counts[outcome.outcome] += 1;
    const place = counts.redriven + counts.left + counts.refused;
    if (context.json) printJsonLine(outcome);
    else printLines([`${place}/${tenantIds.length}  ${outcome.tenantId}  ${plain(outcomeWords(outcome))}`]);
  }
  printNote(`${counts.redriven} of ${tenantIds.length} runs go on, ${counts.left} are left as they are, ${counts.refused} were refused.`);
  if (counts.refused > 0)
    throw new CommandFailure(exitCodes.refused, `${counts.refused} runs were refused.`, ['Send the same command again.']);
}

const outcomeWords = (outcome: RedriveOutcome): string =>
  outcome.outcome === 'redriven' ? wordsOf(outcome.accepted).join(' ') : `${outcome.outcome}: ${outcome.reason}`;

function wordsOf({ runId, generation, way, redriveCount, definitionChanged, step }: RedriveAccepted): string[] {
  const stopped = step ? `, which had stopped at ${step}` : '';
  return [
    way === 'redrive'
      ? `Redrive ${redriveCount} of ${runId}, generation ${generation}${step ? `, goes on at ${step}` : ''}.`
      : `Generation ${generation} of ${runId}${stopped}, starts from the top; steps that are done answer what they answered.`,
    ...(definitionChanged
      ? [
          "The workflow's definition has changed since; this goes on by the old one. Should it fail again: --new-generation takes the new one.",
        ]
      : []),
  ];
}
