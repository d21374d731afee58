import { readFileSync } from 'node:fs';
import type { Mail } from '../../../local/mails.ts';
import { openDeployedWorld } from '../../acceptance/deployed-world.ts';
import { openLocalWorld } from './local-world.ts';

/** Options of any AWS SDK client: an administrator's session, which reads the world and breaks it on purpose. */
export type ClientOptions = {
  region: string;
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken: string };
};

/** A deployment that tests act on. Product code acts in it by its own roles alone. */
export interface World {
  readonly kind: 'local' | 'aws';
  /** Without a slash at the end. */
  readonly apiUrl: string;
  readonly region: string;
  /** The outputs of all stacks. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly clientOptions: ClientOptions;
  /** An address whose mails the confirmation of a signup needs; `label` makes it the test's own. */
  addressOf(label: string): string;
  /** All mails to an address, the oldest first; undefined where mails go to people and cannot be read. */
  mailsTo(address: string): Promise<Mail[]> | undefined;
  /** How long a person or a mailbox may take to confirm a signup. */
  readonly confirmationSeconds: number;
}

/** Set by `npm run acceptance`: a JSON file that says which deployed account the tests act on. */
const deployedWorldVariable = 'TENANTRY_ACCEPTANCE_WORLD';

/** The world of this run: the local stack that the test run started, or the account that `npm run acceptance` names. */
export const world: World = open();

function open(): World {
  const file = process.env[deployedWorldVariable];
  return file ? openDeployedWorld(JSON.parse(readFileSync(file, 'utf8'))) : openLocalWorld();
}
