import type { Command } from 'commander';
import { callApi } from '../api.ts';
import { contextOf } from '../context.ts';
import { nextActionLines } from '../next-actions.ts';
import { examples } from '../options.ts';
import { coloured, facts, printJson, printLines } from '../output.ts';
import { signupOf } from '../signup-address.ts';

/** Adds the command that does what the button behind the link in the confirmation mail does. */
export function confirm(program: Command): void {
  program
    .command('confirm')
    .summary("confirm the administrator's address, without a browser")
    .description(
      "Confirms the administrator's address, as the button behind the link in the confirmation mail does. Doing it twice changes nothing.",
    )
    .argument('<link>', 'the link in the mail, or a tenant id')
    .option('--token <token>', 'the token of the link, with a tenant id')
    .addHelpText('after', examples("tenantry confirm 'https://api.example.com/v1/signups/<tenantId>/confirmation?token=<token>'"))
    .action(async (link: string, options: { token?: string }, command: Command) => {
      const context = contextOf(command);
      const { place, tenantId, token } = await signupOf(link, options.token, context);
      const accepted = await callApi(place, 'ConfirmSignup', { path: { tenantId }, body: { token } });
      if (context.json) return printJson(accepted);
      const pairs = [['Tenant', accepted.tenantId] as const, ['Status', accepted.status] as const];
      printLines([...facts(pairs).map((line) => line.replace(accepted.status, coloured)), ...nextActionLines(accepted.next)]);
    });
}
