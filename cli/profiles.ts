import { z } from 'zod';
import { CommandFailure, exitCodes, usageFailure } from './failure.ts';
import { readLocalProfile } from './local-profile.ts';
import { configurationFile, readJsonFile, writePrivateJson } from './private-files.ts';

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
/** Tokens travel there, so nothing between may read them. */
const Address = z.url({ protocol: /^https?$/, error: 'must be a URL', abort: true }).refine(
  (text) => {
    const { protocol, hostname } = new URL(text);
    return protocol === 'https:' || loopback.test(hostname);
  },
  { error: 'must begin with https://; http:// is for this machine alone' },
);

/** A deployment of Tenantry: where its API is and who its staff are. */
export const ProfileSettings = z.strictObject({
  apiUrl: Address,
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-[0-9]$/, { error: 'must be an AWS Region such as eu-central-1' }),
  staffUserPoolId: z
    .string()
    .regex(/^[\w-]+_[0-9A-Za-z]+$/, { error: 'must be the id of a Cognito user pool such as eu-central-1_Ab12Cd34E' }),
  staffUserPoolClientId: z.string().regex(/^[\w+]{1,128}$/, { error: 'must be the id of a Cognito user pool client' }),
  cognitoEndpoint: Address.optional(),
  mailsUrl: Address.optional(),
});
export type ProfileSettings = z.infer<typeof ProfileSettings>;

/** The operator that a local stack makes at its start, so that nobody has to enrol an authenticator to try it. */
export interface SeededOperator {
  readonly username: string;
  readonly password: string;
  /** Base32. */
  readonly totpSecret: string;
}
export interface Profile extends ProfileSettings {
  readonly name: string;
  readonly seededOperator?: SeededOperator;
  /** Where a local stack takes the faults that are to befall it; no other deployment has that. */
  readonly chaosUrl?: string;
}

const localProfileName = 'local';
const defaultProfileName = 'default';
/** It is also the name of a file. */
const nameForm = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const ProfilesFile = z.record(z.string(), z.unknown());

export const profilesFile = () => configurationFile('profiles.json');

/** @returns the profile of this name; without one the profile of TENANTRY_PROFILE, else `default` where one is written, else `local` */
export async function readProfile(wanted: string | undefined): Promise<Profile> {
  const profiles = await readProfiles();
  const name = wanted ?? process.env['TENANTRY_PROFILE'] ?? (defaultProfileName in profiles ? defaultProfileName : localProfileName);
  if (name === localProfileName) return { name, ...(await readLocalProfile()) };
  const written = profiles[name];
  if (written === undefined) {
    const known = [...Object.keys(profiles), localProfileName].join(', ');
    throw usageFailure(
      `There is no profile "${name}". Known: ${known}.`,
      `Write it: tenantry configure --profile ${name} --from-outputs <file>`,
    );
  }
  return { name, ...checked(written, `The profile "${name}" in ${profilesFile()}`) };
}

/** Writes a profile, in place of one with the same name. */
export async function writeProfile(name: string, settings: unknown): Promise<ProfileSettings> {
  if (name === localProfileName) throw usageFailure('The profile "local" is read from the running local stack.', 'Choose another name.');
  if (!nameForm.test(name)) throw usageFailure(`"${name}" is no name for a profile.`, 'Use 1 to 64 letters, digits, "-" and "_".');
  const profile = checked(settings, 'The profile');
  await writePrivateJson(profilesFile(), { ...(await readProfiles()), [name]: profile });
  return profile;
}

/** The name that `configure` writes when none is given. */
export const nameToWrite = (wanted: string | undefined) => wanted ?? process.env['TENANTRY_PROFILE'] ?? defaultProfileName;

async function readProfiles(): Promise<Record<string, unknown>> {
  const content = await readJsonFile(profilesFile()).catch((error: unknown) => {
    throw new CommandFailure(
      exitCodes.usage,
      `${profilesFile()} cannot be read as JSON.`,
      ['Correct it, or remove it and configure again.'],
      undefined,
      error,
    );
  });
  return ProfilesFile.parse(content ?? {});
}

function checked(settings: unknown, what: string): ProfileSettings {
  const parsed = ProfileSettings.safeParse(settings);
  if (parsed.success) return parsed.data;
  throw usageFailure(`${what} is not valid.`, ...parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`));
}
