import type { Command } from 'commander';
import { contextOf } from '../context.ts';
import { CommandFailure } from '../failure.ts';
import { examples } from '../options.ts';
import { printJson, printLines, printNote } from '../output.ts';
import { readSession, removeSession } from '../sign-in/session.ts';

/** Adds the command that ends a member of staff's session. */
export function logout(program: Command): void {
  program
    .command('logout')
    .summary('sign out')
    .description('Ends your session on the profile: its tokens are revoked and removed from this machine.')
    .addHelpText('after', examples('tenantry logout --profile production'))
    .action(async (_options: object, command: Command) => {
      const context = contextOf(command);
      const profile = await context.profile();
      const session = await readSession(profile);
      await removeSession(profile);
      if (session) {
        const { revoke } = await import('../sign-in/staff-pool.ts');
        await revoke(profile, session.refreshToken).catch((error: unknown) => {
          // On this machine the session is over whatever Cognito says; what remains is for the user to know.
          if (!(error instanceof CommandFailure)) throw error;
          printNote(`The tokens are removed here but could not be revoked: ${error.message} They end by themselves within hours.`);
        });
      }
      if (context.json) return printJson({ profile: profile.name, wasSignedIn: session !== undefined });
      printLines([session ? `Signed out of the profile "${profile.name}".` : `Nobody was signed in on the profile "${profile.name}".`]);
    });
}
