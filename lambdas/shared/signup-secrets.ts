import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { GenerateMacCommand } from '@aws-sdk/client-kms';
import { kms } from './clients.ts';
import { environment } from './environment.ts';
import { instant } from './runtime.ts';

const readerTokenDays = 30;
const dayMilliseconds = 86_400_000;
const tokenHashBytes = 16;

/**
 * The secrets of one signup. They are derived, not stored: the same Idempotency-Key gives the same answer, and the tables hold hashes only.
 * The root is a KMS HMAC, so nobody without kms:GenerateMac can derive them, and only one KMS request a signup is needed.
 */
export interface SignupSecrets {
  /** Lets the holder read this one signup. */
  readonly readerToken: (tenantId: string) => string;
  /** Proves that the holder reads the administrator's mail. */
  readonly confirmationToken: (tenantId: string) => string;
  /** Recognises the body of the first request; keyed, because a bare hash of personal data could be guessed. */
  readonly fingerprint: (body: string) => string;
}

/** @returns the name under which a signup is found again: the SHA-256 of its Idempotency-Key, in base64url, which keeps the head small */
export const hashOfSignupKey = (idempotencyKey: string) => createHash('sha256').update(idempotencyKey).digest('base64url');

/** Derives the secrets of the signup with this key's hash. */
export async function signupSecrets(signupKeyHash: string): Promise<SignupSecrets> {
  const { Mac } = await kms().send(
    new GenerateMacCommand({
      KeyId: environment('SIGNUP_MAC_KEY_ID'),
      MacAlgorithm: 'HMAC_SHA_256',
      Message: Buffer.from(`signup\n${signupKeyHash}`),
    }),
  );
  if (!Mac) throw new Error('KMS answered GenerateMac without a MAC.');
  const derive = (purpose: string, of: string) => createHmac('sha256', Mac).update(`${purpose}\n${of}`).digest('base64url');
  return {
    readerToken: (tenantId) => derive('reader', tenantId),
    confirmationToken: (tenantId) => derive('confirmation', tenantId),
    fingerprint: (body) => derive('body', body),
  };
}

/** @returns until when the reader token of a signup works */
export const readerTokenExpiresAt = (signedUpAt: string) => instant(new Date(Date.parse(signedUpAt) + readerTokenDays * dayMilliseconds));

/**
 * What is stored of a token: the first 128 bits of its SHA-256, in base64url. A token has 256 bits that nobody chooses, so that finding another one with the same hash
 * takes 2^128 tries (https://csrc.nist.gov/pubs/sp/800/107/r1/final, 5.1), and the head stays small.
 */
export const hashOfToken = (token: string) => createHash('sha256').update(token).digest().subarray(0, tokenHashBytes).toString('base64url');

/** Compares a token with its stored hash, in constant time. Where the hash was removed the token is revoked, and nothing matches. */
export const tokenMatches = (token: string, hash: string | undefined) =>
  hash !== undefined && timingSafeEqual(Buffer.from(hashOfToken(token)), Buffer.from(hash));
