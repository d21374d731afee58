import { Command } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { abandon } from './commands/abandon.ts';
import { billing } from './commands/billing.ts';
import { cells } from './commands/cells.ts';
import { chaos } from './commands/chaos.ts';
import { configure } from './commands/configure.ts';
import { confirm } from './commands/confirm.ts';
import { events } from './commands/events.ts';
import { list } from './commands/list.ts';
import { login } from './commands/login.ts';
import { logout } from './commands/logout.ts';
import { mails } from './commands/mails.ts';
import { onboarding } from './commands/onboarding.ts';
import { redrive } from './commands/redrive.ts';
import { retry } from './commands/retry.ts';
import { show } from './commands/show.ts';
import { signup } from './commands/signup.ts';
import { silo } from './commands/silo.ts';
import { status } from './commands/status.ts';
import { stuck } from './commands/stuck.ts';
import { exitCodesHelp } from './failure.ts';

const commands = [
  signup,
  confirm,
  status,
  stuck,
  list,
  show,
  events,
  redrive,
  retry,
  abandon,
  onboarding,
  billing,
  cells,
  silo,
  mails,
  chaos,
  login,
  logout,
  configure,
];

const environmentHelp = `
Environment:
  TENANTRY_PROFILE      the profile, where --profile is not given
  TENANTRY_LOCAL_STACK  the record of another local stack than this checkout's
  TENANTRY_DEBUG        set: print where in the program a failure came from
  XDG_CONFIG_HOME       where profiles and sessions are kept, in the folder tenantry (default: ~/.config)
  NO_COLOR              set: no colours, which output that is no terminal never has`;

/** Makes the command line. It throws instead of ending the process, so that failures are reported in one place. */
export function makeProgram(): Command {
  const program = new Command('tenantry')
    .description("Signs organisations up and operates their tenants, through Tenantry's API.")
    .version(manifest.version)
    .option('--profile <name>', 'the deployment (or TENANTRY_PROFILE; default: "default" where it is configured, else "local")')
    .option('--json', 'print one JSON document, or JSON Lines when following')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => undefined })
    .addHelpText('after', environmentHelp)
    .addHelpText('afterAll', exitCodesHelp);
  for (const add of commands) add(program);
  return program;
}
