import type { Command } from 'commander';
import type { RedriveAccepted } from '../../contracts/tenant.ts';
import { contextOf } from '../context.ts';
import { examples } from '../options.ts';
import { printJson, printLines } from '../output.ts';

/** Adds the command that lets a failed run go on. */
export function redrive(program: Command): void {
  program
    .command('redrive')
    .summary("go on from the failed step of a tenant's run")
    .description(
      "Lets a tenant's failed run go on from the step that failed, after its cause was repaired. Where Step Functions does not redrive its execution any more, and with --new-generation, the run starts from the top, and steps that are done answer what they answered. Needs you to be signed in.",
    )
    .argument('<tenantId>', 'the id of the tenant')
    .requiredOption('--reason <words>', 'why, for the audit trail, which keeps it for good: no names and no addresses')
    .option('--new-generation', "start the run from the top, by the workflow's newest definition")
    .addHelpText('after', examples("tenantry redrive 6f1f0c7e-6f0c-4a5e-9d60-3d0b4c3ad7a1 --reason 'the user quota was raised'"))
    .action(async (tenantId: string, { reason, newGeneration = false }: Options, command: Command) => {
      const context = contextOf(command);
      const accepted = await context.call('RedriveTenant', { path: { tenantId }, body: { reason, newGeneration } });
      if (context.json) return printJson(accepted);
      printLines(wordsOf(accepted));
    });
}

interface Options {
  readonly reason: string;
  readonly newGeneration?: boolean;
}

function wordsOf({ tenantId, runId, generation, way, redriveCount, definitionChanged, step }: RedriveAccepted): string[] {
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
    `See how it goes: tenantry show ${tenantId}`,
  ];
}
