import type { Command } from 'commander';
import { z } from 'zod';
import { contextOf } from '../context.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { unreachable } from '../network.ts';
import { examples } from '../options.ts';
import { facts, plain, printJson, printLines, printNote } from '../output.ts';
import type { Profile } from '../profiles.ts';

/** What stands in for SES shows the mails that it took, by account. */
const Mailbox = z.object({
  messages: z.record(
    z.string(),
    z.array(
      z.object({
        MessageId: z.string(),
        Source: z.string(),
        To: z.array(z.string()),
        Subject: z.string(),
        BodyText: z.string().nullish(),
        BodyHtml: z.string().nullish(),
        // Seconds since 1970.
        Timestamp: z.number(),
      }),
    ),
  ),
});

/** Adds the command that shows the mails which a deployment without real mail has kept. */
export function mails(program: Command): void {
  program
    .command('mails')
    .summary('show the mails that a local stack kept instead of sending them')
    .description('Shows the mails that a local stack kept instead of sending them, the oldest first. On AWS mails are sent and not kept.')
    .option('--to <address>', 'only mails to this address')
    .addHelpText('after', examples('tenantry mails --profile local --to ada@example.com'))
    .action(async ({ to }: { to?: string }, command: Command) => {
      const context = contextOf(command);
      const profile = await context.profile();
      const found = (await readMails(profile)).filter((mail) => to === undefined || mail.to.includes(to));
      if (context.json) return printJson({ mails: found });
      for (const mail of found) {
        const heading = facts([
          ['To', mail.to.join(', ')],
          ['From', mail.from],
          ['At', mail.sentAt],
          ['Subject', mail.subject],
        ]);
        printLines([...heading, '', plain(mail.text || mail.html), '', '---']);
      }
      if (found.length === 0) printNote('No mail yet.');
    });
}

async function readMails(profile: Profile) {
  const { mailsUrl } = profile;
  if (!mailsUrl) {
    throw new CommandFailure(
      exitCodes.refused,
      `The profile "${profile.name}" has no mailsUrl: on AWS mails are sent to their recipients and kept nowhere.`,
      ['Look into the mailbox of the recipient; deliveries and bounces are in the metrics of Amazon SES.'],
    );
  }
  const response = await fetch(mailsUrl).catch((error: unknown) => {
    throw unreachable(error, mailsUrl, profile);
  });
  const mailbox = Mailbox.safeParse(await response.json().catch(() => undefined));
  if (!mailbox.success) {
    throw new CommandFailure(exitCodes.unreachable, `What answers at ${mailsUrl} is no mailbox.`, ['Check mailsUrl of the profile.']);
  }
  const messages = Object.values(mailbox.data.messages).flat();
  return messages.map((each) => ({
    messageId: each.MessageId,
    from: each.Source,
    to: each.To,
    subject: each.Subject,
    text: each.BodyText ?? '',
    // Cognito's invitations are HTML alone.
    html: each.BodyHtml ?? '',
    sentAt: new Date(each.Timestamp * 1000).toISOString(),
  }));
}
