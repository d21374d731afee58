import type { World } from '../e2e/support/world.ts';

/** What `npm run acceptance` found out about the deployed account. Credentials are not in it: the SDK takes them from the profile. */
export interface DeployedWorld {
  readonly region: string;
  readonly outputs: Record<string, string>;
  /** Mails of the tests go to this mailbox: `somebody@example.com` gets them as `somebody+<label>@example.com`. */
  readonly mailbox: string;
  readonly confirmationSeconds: number;
}

/** A deployed AWS account as a world for the end-to-end tests. Its mails go to a person, who confirms by hand. */
export function openDeployedWorld({ region, outputs, mailbox, confirmationSeconds }: DeployedWorld): World {
  const { ApiUrl } = outputs;
  if (!ApiUrl) throw new Error('The deployed stacks have no output ApiUrl.');
  const place = mailbox.lastIndexOf('@');
  return {
    kind: 'aws',
    apiUrl: ApiUrl.replace(/\/$/, ''),
    region,
    outputs,
    clientOptions: { region },
    addressOf: (label) => `${mailbox.slice(0, place)}+${label}${mailbox.slice(place)}`,
    mailsTo: () => undefined,
    confirmationSeconds,
  };
}
