import { CommandFailure, exitCodes } from './failure.ts';
import type { Profile } from './profiles.ts';

/** What to look at when nothing answers. */
const hints: Record<string, string> = {
  ECONNREFUSED: 'Nothing listens there.',
  ENOTFOUND: 'The name is not known to your name server.',
  EAI_AGAIN: 'Your name server does not answer.',
  ECONNRESET: 'The connection was cut.',
  TimeoutError: 'It did not answer in time.',
};

/** The failure of a request that got no answer. `address` is printed: it must be without query, which may hold a token. */
export function unreachable(error: unknown, address: string, profile: Pick<Profile, 'name'> | undefined): CommandFailure {
  const reason = reasonOf(error);
  const next =
    profile?.name === 'local'
      ? 'Check that the local stack is up: npm run local'
      : `Check your network and proxy, and the address${profile ? ` in the profile "${profile.name}" (tenantry configure)` : ''}.`;
  return new CommandFailure(
    exitCodes.unreachable,
    `Cannot reach ${address}. ${hints[reason] ?? ''} (${reason})`.replace('  ', ' '),
    [next],
    undefined,
    error,
  );
}

/** The system's name of what went wrong. `fetch` hides it in the cause of a TypeError. */
function reasonOf(error: unknown): string {
  const { code, name, cause, message } = error as { code?: string; name?: string; cause?: unknown; message?: string };
  if (typeof code === 'string') return code;
  if (cause !== undefined && cause !== null) return reasonOf(cause);
  return name === 'TimeoutError' ? name : (message ?? String(error));
}
