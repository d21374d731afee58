import type { Command } from 'commander';
import { contextOf } from '../context.ts';
import { examples } from '../options.ts';
import { printJson, printLines } from '../output.ts';

/** Adds the command that gives an unfinished onboarding up. */
export function abandon(program: Command): void {
  program
    .command('abandon')
    .summary('give an unfinished onboarding up, and undo it')
    .description(
      'Gives up a tenant that is PENDING or PROVISIONING, and undoes what was made for it: payment, users, name, resources; its slug is free again then. It cannot be taken back. An active tenant is refused. Needs you to be signed in.',
    )
    .argument('<tenantId>', 'the id of the tenant')
    .requiredOption('--reason <words>', 'why, for the audit trail, which keeps it for good: no names and no addresses')
    .addHelpText('after', examples("tenantry abandon 6f1f0c7e-6f0c-4a5e-9d60-3d0b4c3ad7a1 --reason 'the customer has withdrawn'"))
    .action(async (tenantId: string, { reason }: { reason: string }, command: Command) => {
      const context = contextOf(command);
      const accepted = await context.call('AbandonTenant', { path: { tenantId }, body: { reason } });
      if (context.json) return printJson(accepted);
      printLines([
        `The tenant is ${accepted.status}, and is being undone by ${accepted.runId}.`,
        `See how it goes, and what cannot be undone: tenantry show ${tenantId}`,
      ]);
    });
}
