import type { ApiPlace } from './api.ts';
import type { Context } from './context.ts';
import { usageFailure } from './failure.ts';

/** Which signup, its token, and the API that has it. */
export interface SignupAddress {
  readonly place: ApiPlace;
  readonly tenantId: string;
  readonly token: string;
}

/** Reads the status URL of a signup or the link of its confirmation mail; a bare tenant id needs its token and is asked for at the profile's API. */
export async function signupOf(address: string, token: string | undefined, context: Context): Promise<SignupAddress> {
  if (!URL.canParse(address)) {
    if (token === undefined) throw usageFailure('A tenant id needs its token.', 'Add --token, or give the whole address.');
    const profile = await context.profile();
    return { place: { apiUrl: profile.apiUrl, profile }, tenantId: address, token };
  }
  const url = new URL(address);
  const [, apiPath, tenantId] = /^(.*)\/signups\/([0-9a-fA-F-]{36})(?:\/confirmation)?$/.exec(url.pathname) ?? [];
  const urlToken = token ?? url.searchParams.get('token');
  if (apiPath === undefined || tenantId === undefined || !urlToken) {
    throw usageFailure(
      'That is no address of a signup.',
      'Give it as it was printed or mailed, whole and in quotes: …/signups/<tenantId>?token=<token>',
    );
  }
  return { place: { apiUrl: `${url.origin}${apiPath}` }, tenantId, token: urlToken };
}
