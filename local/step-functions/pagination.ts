import { createHash } from 'node:crypto';
import { ServiceError } from './service-error.ts';

/** "A value of 0 uses the default": https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html */
export function pageSize(maxResults: number | undefined): number {
  return maxResults || 100;
}

/** A token that names where the next page begins, and is good only for the same list. */
export function pageToken(position: string, list: readonly unknown[]): string {
  return Buffer.from(JSON.stringify([position, fingerprint(list)])).toString('base64url');
}

/** Where the page begins. Throws `InvalidToken` for a token that is none, or of another list. */
export function pagePosition(token: string, list: readonly unknown[]): string {
  const parts = parseToken(token);
  if (!Array.isArray(parts) || typeof parts[0] !== 'string' || parts[1] !== fingerprint(list))
    throw new ServiceError('InvalidToken', "Invalid Token: 'Invalid token'");
  return parts[0];
}

function parseToken(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    // Anything that is not one of our tokens is refused by the caller.
    return undefined;
  }
}

function fingerprint(list: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, 16);
}
