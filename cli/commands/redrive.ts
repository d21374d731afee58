import type { Command } from 'commander';
import { contextOf } from '../context.ts';
import { examples } from '../options.ts';
import { printJson, printLines } from '../output.ts';

/** Adds the command that lets a failed run go on. */
export function redrive(program: Command): void {
  program
    .command('redrive')
    .summary("go on from the failed step of a tenant's run")
    .description("Lets a tenant's failed run go on from the step that failed, after its cause was repaired. Needs you to be signed in.")
    .argument('<tenantId>', 'the id of the tenant')
    .requiredOption('--reason <words>', 'why, for the audit trail, which keeps it for good: no names and no addresses')
    .addHelpText('after', examples("tenantry redrive 6f1f0c7e-6f0c-4a5e-9d60-3d0b4c3ad7a1 --reason 'the user quota was raised'"))
    .action(async (tenantId: string, { reason }: { reason: string }, command: Command) => {
      const context = contextOf(command);
      const accepted = await context.call('RedriveTenant', { path: { tenantId }, body: { reason } });
      if (context.json) return printJson(accepted);
      const { runId, generation, redriveCount, step } = accepted;
      printLines([
        `Redrive ${redriveCount} of ${runId}, generation ${generation}${step ? `, goes on at ${step}` : ''}.`,
        `See how it goes: tenantry show ${tenantId}`,
      ]);
    });
}
