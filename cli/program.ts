import { Command } from 'commander';
import { configure } from './commands/configure.ts';
import { confirm } from './commands/confirm.ts';
import { events } from './commands/events.ts';
import { list } from './commands/list.ts';
import { login } from './commands/login.ts';
import { logout } from './commands/logout.ts';
import { mails } from './commands/mails.ts';
import { redrive } from './commands/redrive.ts';
import { show } from './commands/show.ts';
import { signup } from './commands/signup.ts';
import { status } from './commands/status.ts';
import { exitCodesHelp } from './failure.ts';

const commands = [signup, confirm, status, list, show, events, redrive, mails, login, logout, configure];

/** Makes the command line. It throws instead of ending the process, so that failures are reported in one place. */
export function makeProgram(): Command {
  const program = new Command('tenantry')
    .description("Signs organisations up and operates their tenants, through Tenantry's API.")
    .option('--profile <name>', 'the deployment (or TENANTRY_PROFILE; default: "default" where it is configured, else "local")')
    .option('--json', 'print one JSON document, or JSON Lines when following')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => undefined })
    .addHelpText('afterAll', exitCodesHelp);
  for (const add of commands) add(program);
  return program;
}
