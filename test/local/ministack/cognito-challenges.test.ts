import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  AdminSetUserMFAPreferenceCommand,
  AssociateSoftwareTokenCommand,
  type InitiateAuthCommandOutput,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Secret, TOTP } from 'otpauth';
import { checkoutDirectory } from '../../../local/checkout.ts';
import { type BareMiniStack, region, startBareMiniStack } from '../../support/bare-ministack.ts';
import { type Pool, password, UserPools } from '../../support/user-pools.ts';

let stack: BareMiniStack;
let pools: UserPools;

beforeAll(async () => {
  stack = await startBareMiniStack();
  pools = new UserPools(stack);
});
afterAll(() => stack.stop());

const totpCode = (secret: string, at = Date.now()) => new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: at });
const invalidSession = { name: 'NotAuthorizedException' };

async function signInBySrp(pool: Pool, username: string): Promise<InitiateAuthCommandOutput> {
  const script = join(checkoutDirectory, 'test', 'support', 'sign-in-by-srp.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [
    script,
    stack.endpoint,
    region,
    pool.UserPoolId,
    pool.ClientId,
    username,
    password,
  ]);
  return JSON.parse(stdout);
}

/** Enrols a user of a pool that demands MFA and returns the secret of their authenticator. */
async function enrol(pool: Pool, username: string, Session: string | undefined): Promise<{ secret: string; session: string | undefined }> {
  const associated = await pools.cognito.send(new AssociateSoftwareTokenCommand({ Session }));
  const secret = associated.SecretCode ?? '';
  const verified = await pools.cognito.send(new VerifySoftwareTokenCommand({ Session: associated.Session, UserCode: totpCode(secret) }));
  expect(verified.Status).toBe('SUCCESS');
  const done = await pools.respond(pool, 'MFA_SETUP', verified.Session, { USERNAME: username });
  expect(done.AuthenticationResult?.AccessToken).toBeDefined();
  return { secret, session: verified.Session };
}

test('a challenge is answered only with its own session, once', async () => {
  const pool = await pools.createPool();
  const USERNAME = await pools.createUser(pool, { permanent: false });
  const other = await pools.createUser(pool, { permanent: false });
  const { Session } = await pools.signIn(pool, USERNAME);
  const answer = { USERNAME, NEW_PASSWORD: `${password}2` };
  await expect(pools.respond(pool, 'NEW_PASSWORD_REQUIRED', 'any session of twenty or more', answer)).rejects.toMatchObject(invalidSession);
  await expect(pools.respond(pool, 'NEW_PASSWORD_REQUIRED', Session, { ...answer, USERNAME: other })).rejects.toMatchObject(invalidSession);
  await expect(pools.respond(pool, 'MFA_SETUP', Session, { USERNAME })).rejects.toMatchObject(invalidSession);
  await pools.respond(pool, 'NEW_PASSWORD_REQUIRED', Session, answer);
  await expect(pools.respond(pool, 'NEW_PASSWORD_REQUIRED', Session, answer)).rejects.toMatchObject(invalidSession);
});

test('a pool that demands MFA gives tokens to nobody without it', async () => {
  const pool = await pools.createPool({}, 'ON');
  const username = await pools.createUser(pool);
  const { ChallengeName, Session, AuthenticationResult } = await pools.signIn(pool, username);
  expect([ChallengeName, AuthenticationResult]).toEqual(['MFA_SETUP', undefined]);
  await expect(pools.respond(pool, 'MFA_SETUP', Session, { USERNAME: username })).rejects.toMatchObject(invalidSession);
  await enrol(pool, username, Session);
  expect((await pools.signIn(pool, username)).ChallengeName).toBe('SOFTWARE_TOKEN_MFA');
});

test('signing in by SRP with an authenticator: each code once, a wrong one never', async () => {
  const pool = await pools.createPool({}, 'ON');
  const username = await pools.createUser(pool);
  const { secret } = await enrol(pool, username, (await pools.signIn(pool, username)).Session);
  const code = totpCode(secret, Date.now() + 30_000);
  const answer = (Session: string | undefined, SOFTWARE_TOKEN_MFA_CODE: string) =>
    pools.respond(pool, 'SOFTWARE_TOKEN_MFA', Session, { USERNAME: username, SOFTWARE_TOKEN_MFA_CODE });
  const { ChallengeName, Session } = await signInBySrp(pool, username);
  expect(ChallengeName).toBe('SOFTWARE_TOKEN_MFA');
  await expect(answer(Session, code === '000000' ? '000001' : '000000')).rejects.toMatchObject({ name: 'CodeMismatchException' });
  expect((await answer(Session, code)).AuthenticationResult?.IdToken).toBeDefined();
  await expect(answer((await pools.signIn(pool, username)).Session, code)).rejects.toMatchObject({ name: 'ExpiredCodeException' });
});

test('MFA is not switched on for a user without an authenticator', async () => {
  const pool = await pools.createPool({}, 'OPTIONAL');
  const Username = await pools.createUser(pool);
  await expect(
    pools.cognito.send(
      new AdminSetUserMFAPreferenceCommand({ UserPoolId: pool.UserPoolId, Username, SoftwareTokenMfaSettings: { Enabled: true } }),
    ),
  ).rejects.toMatchObject({ name: 'InvalidParameterException' });
  await expect(pools.cognito.send(new AssociateSoftwareTokenCommand({ AccessToken: 'no.such.token' }))).rejects.toMatchObject({
    name: 'NotAuthorizedException',
  });
});
