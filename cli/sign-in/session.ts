import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { CommandFailure, exitCodes } from '../failure.ts';
import { configurationFile, readJsonFile, writePrivateJson } from '../private-files.ts';
import type { Profile } from '../profiles.ts';

/** Who is signed in on a profile. It holds tokens: its file is readable by its owner alone. */
const Session = z.object({
  username: z.string(),
  /** A session is worth nothing in another pool, such as that of a local stack that was started anew. */
  userPoolId: z.string(),
  userPoolClientId: z.string(),
  idToken: z.string(),
  refreshToken: z.string(),
  /** When the ID token ends, RFC 3339. */
  expiresAt: z.iso.datetime(),
});
export type Session = z.infer<typeof Session>;

/** A token that ends while its request is under way would be refused. */
const marginMilliseconds = 60_000;

const sessionFile = (profile: Profile) => configurationFile('sessions', `${profile.name}.json`);

/** @returns the profile's session; undefined if nobody is signed in, or was signed in to another pool */
export async function readSession(profile: Profile): Promise<Session | undefined> {
  // A file that cannot be read is no session: signing in replaces it.
  const content = await readJsonFile(sessionFile(profile)).catch((error: unknown) => {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  });
  const session = Session.safeParse(content);
  if (!session.success) return undefined;
  const { userPoolId, userPoolClientId } = session.data;
  return userPoolId === profile.staffUserPoolId && userPoolClientId === profile.staffUserPoolClientId ? session.data : undefined;
}

export async function writeSession(profile: Profile, session: Session): Promise<void> {
  await writePrivateJson(sessionFile(profile), session);
}

export async function removeSession(profile: Profile): Promise<void> {
  await rm(sessionFile(profile), { force: true });
}

/** The failure of a command that needs somebody to be signed in. */
function notSignedIn(profile: Profile, why = `You are not signed in on the profile "${profile.name}".`): CommandFailure {
  return new CommandFailure(exitCodes.notSignedIn, why, [`Sign in: tenantry login --profile ${profile.name}`]);
}

/** @returns an ID token that is good for the next request. It is refreshed when it is about to end, or when `renewed` asks for it. */
export async function currentIdToken(profile: Profile, renewed: boolean): Promise<string> {
  const session = await readSession(profile);
  if (!session) throw notSignedIn(profile);
  if (!renewed && Date.parse(session.expiresAt) - Date.now() > marginMilliseconds) return session.idToken;
  // AWS's SDK takes longer to load than most commands take; only this and signing in need it.
  const { refresh } = await import('./staff-pool.ts');
  const tokens = await refresh(profile, session.refreshToken);
  if (!tokens) {
    await removeSession(profile);
    throw notSignedIn(profile, `Your session on the profile "${profile.name}" has ended.`);
  }
  await writeSession(profile, { ...session, ...tokens });
  return tokens.idToken;
}
