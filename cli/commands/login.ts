import type { Command } from 'commander';
import { contextOf } from '../context.ts';
import { examples } from '../options.ts';
import { printJson, printLines } from '../output.ts';
import { type AnswerOptions, answersOf } from '../sign-in/answers.ts';
import { writeSession } from '../sign-in/session.ts';
import { Terminal } from '../sign-in/terminal.ts';

/** Adds the command that signs a member of staff in. */
export function login(program: Command): void {
  program
    .command('login')
    .summary('sign in as a member of staff')
    .description(
      `Signs in to the staff pool with a password, which is proven and never sent, and a code of an authenticator. The first sign-in sets
both. What is not given is asked at the terminal or read from the lines piped in. On the profile "local" the operator that the local
stack has made is signed in, unless another one is named.`,
    )
    .option('--username <name>', 'who signs in (or TENANTRY_USERNAME)')
    .option('--password-file <file>', 'a file with the password (or TENANTRY_PASSWORD)')
    .addHelpText(
      'after',
      `
Environment:
  TENANTRY_USERNAME, TENANTRY_PASSWORD  as above
  TENANTRY_NEW_PASSWORD                 the password to set at first sign-in
  TENANTRY_CODE                         the code that the authenticator shows now
${examples('tenantry login --profile production --username ada', 'tenantry login --profile local')}`,
    )
    .action(async (options: AnswerOptions, command: Command) => {
      const context = contextOf(command);
      const profile = await context.profile();
      // AWS's SDK takes longer to load than the help of this command.
      const { signIn } = await import('../sign-in/challenges.ts');
      const terminal = new Terminal();
      try {
        const { username, ...tokens } = await signIn(profile, answersOf(profile, options, terminal));
        const { staffUserPoolId: userPoolId, staffUserPoolClientId: userPoolClientId } = profile;
        await writeSession(profile, { username, userPoolId, userPoolClientId, ...tokens });
        if (context.json) return printJson({ profile: profile.name, username, expiresAt: tokens.expiresAt });
        printLines([`Signed in as ${username} on the profile "${profile.name}".`]);
      } finally {
        terminal.close();
      }
    });
}
