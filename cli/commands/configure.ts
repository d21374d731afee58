import type { Command } from 'commander';
import { z } from 'zod';
import { contextOf } from '../context.ts';
import { usageFailure } from '../failure.ts';
import { examples } from '../options.ts';
import { facts, printJson, printLines } from '../output.ts';
import { readJsonFile } from '../private-files.ts';
import { nameToWrite, type ProfileSettings, profilesFile, writeProfile } from '../profiles.ts';

type Options = { [Name in keyof ProfileSettings]?: string } & { fromOutputs?: string };

/** Adds the command that writes a profile. */
export function configure(program: Command): void {
  program
    .command('configure')
    .summary('write a profile: where a deployment is')
    .description(
      'Writes a profile, in place of one with the same name. The profile "local" needs none: it is read from the running local stack.',
    )
    .option('--from-outputs <file>', 'take what it needs from the file of "cdk deploy --all --outputs-file <file>"')
    .option('--api-url <url>', 'the address of the API, with its stage')
    .option('--region <region>', 'the AWS Region of the staff pool (default: the one in its id)')
    .option('--staff-user-pool-id <id>', 'the user pool of the staff')
    .option('--staff-user-pool-client-id <id>', 'the client of that pool')
    .option('--cognito-endpoint <url>', "where Cognito is, when it is not AWS's own")
    .option('--mails-url <url>', 'where kept mails are shown, when mails are not sent')
    .addHelpText(
      'after',
      examples(
        'cdk deploy --all --outputs-file outputs.json',
        'tenantry configure --profile production --from-outputs outputs.json',
        'tenantry login --profile production',
      ),
    )
    .action(async ({ fromOutputs, ...given }: Options, command: Command) => {
      const context = contextOf(command);
      const known = { ...(fromOutputs ? await readOutputs(fromOutputs) : {}), ...given };
      const missing = (['apiUrl', 'staffUserPoolId', 'staffUserPoolClientId'] as const).filter((name) => known[name] === undefined);
      if (missing.length > 0) {
        throw usageFailure(
          `The profile is not complete: ${missing.map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`).join(', ')}.`,
          'Add them, or name the file of outputs of all stacks with --from-outputs.',
        );
      }
      // The id of a user pool begins with its Region: eu-central-1_Ab12Cd34E.
      const region = known.region ?? known.staffUserPoolId?.split('_')[0];
      const name = nameToWrite(command.optsWithGlobals<{ profile?: string }>().profile);
      const profile = await writeProfile(name, { ...known, region });
      if (context.json) return printJson({ name, ...profile });
      printLines([...facts(Object.entries(profile)), `Written as the profile "${name}" to ${profilesFile()}.`]);
    });
}

async function readOutputs(file: string): Promise<Options> {
  const content = await readJsonFile(file).catch((error: Error) => {
    throw usageFailure(
      `The file ${file} cannot be read as JSON: ${error.message}.`,
      'Name the file that "cdk deploy --outputs-file" wrote.',
    );
  });
  const stacks = z.record(z.string(), z.record(z.string(), z.string())).safeParse(content);
  if (!stacks.success)
    throw usageFailure(`The file ${file} has no outputs of stacks.`, 'Name the file that "cdk deploy --outputs-file" wrote.');
  const outputs: Record<string, string | undefined> = Object.assign({}, ...Object.values(stacks.data));
  const found = {
    apiUrl: outputs['ApiUrl'],
    staffUserPoolId: outputs['StaffUserPoolId'],
    staffUserPoolClientId: outputs['StaffUserPoolClientId'],
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}
