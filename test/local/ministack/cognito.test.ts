import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  AdminCreateUserCommand,
  AdminGetUserCommand,
  AdminInitiateAuthCommand,
  AdminRespondToAuthChallengeCommand,
  AdminSetUserMFAPreferenceCommand,
  AdminSetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  AssociateSoftwareTokenCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  type CreateUserPoolCommandInput,
  DeleteUserPoolCommand,
  type InitiateAuthCommandOutput,
  SetUserPoolMfaConfigCommand,
  SignUpCommand,
  UpdateUserAttributesCommand,
  type UserPoolMfaType,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Secret, TOTP } from 'otpauth';
import { checkoutDirectory } from '../../../local/checkout.ts';
import { account, type BareMiniStack, region, startBareMiniStack } from '../../support/bare-ministack.ts';

let stack: BareMiniStack;
let cognito: CognitoIdentityProviderClient;

beforeAll(async () => {
  stack = await startBareMiniStack();
  cognito = new CognitoIdentityProviderClient(stack.options());
}, 180_000);
afterAll(() => stack.stop());

type Pool = { UserPoolId: string; ClientId: string };
const password = 'Correct-horse-battery-staple-1';
const totpCode = (secret: string, at = Date.now()) => new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: at });

async function createPool(more: Partial<CreateUserPoolCommandInput> = {}, mfa: UserPoolMfaType = 'OFF'): Promise<Pool> {
  const { UserPool } = await cognito.send(
    new CreateUserPoolCommand({
      PoolName: 'pool',
      Schema: [{ Name: 'tenantId', AttributeDataType: 'String', Mutable: false, StringAttributeConstraints: { MaxLength: '8' } }],
      ...more,
    }),
  );
  const UserPoolId = UserPool?.Id ?? '';
  await cognito.send(
    new SetUserPoolMfaConfigCommand({ UserPoolId, MfaConfiguration: mfa, SoftwareTokenMfaConfiguration: { Enabled: mfa !== 'OFF' } }),
  );
  const { UserPoolClient } = await cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'client',
      ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    }),
  );
  return { UserPoolId, ClientId: UserPoolClient?.ClientId ?? '' };
}

async function createUser(pool: Pool, more: { permanent?: boolean } = {}): Promise<string> {
  const Username = randomUUID();
  await cognito.send(
    new AdminCreateUserCommand({
      UserPoolId: pool.UserPoolId,
      Username,
      MessageAction: 'SUPPRESS',
      UserAttributes: [
        { Name: 'email', Value: `${Username}@example.com` },
        { Name: 'custom:tenantId', Value: 't-1' },
      ],
    }),
  );
  await cognito.send(
    new AdminSetUserPasswordCommand({ UserPoolId: pool.UserPoolId, Username, Password: password, Permanent: more.permanent ?? true }),
  );
  return Username;
}

function signIn(pool: Pool, USERNAME: string, PASSWORD = password) {
  return cognito.send(
    new AdminInitiateAuthCommand({ ...pool, AuthFlow: 'ADMIN_USER_PASSWORD_AUTH', AuthParameters: { USERNAME, PASSWORD } }),
  );
}

function respond(
  pool: Pool,
  ChallengeName: 'NEW_PASSWORD_REQUIRED' | 'SOFTWARE_TOKEN_MFA' | 'MFA_SETUP',
  Session: string | undefined,
  ChallengeResponses: Record<string, string>,
) {
  return cognito.send(new AdminRespondToAuthChallengeCommand({ ...pool, ChallengeName, Session, ChallengeResponses }));
}

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
  const associated = await cognito.send(new AssociateSoftwareTokenCommand({ Session }));
  const secret = associated.SecretCode ?? '';
  const verified = await cognito.send(new VerifySoftwareTokenCommand({ Session: associated.Session, UserCode: totpCode(secret) }));
  expect(verified.Status).toBe('SUCCESS');
  const done = await respond(pool, 'MFA_SETUP', verified.Session, { USERNAME: username });
  expect(done.AuthenticationResult?.AccessToken).toBeDefined();
  return { secret, session: verified.Session };
}

const invalidSession = { name: 'NotAuthorizedException' };

test('a temporary password meets the pool’s policy', async () => {
  const pool = await createPool({ Policies: { PasswordPolicy: { MinimumLength: 40, RequireSymbols: true, RequireNumbers: true } } });
  const Username = randomUUID();
  await cognito.send(
    new AdminCreateUserCommand({
      UserPoolId: pool.UserPoolId,
      Username,
      UserAttributes: [{ Name: 'email', Value: `${Username}@example.com` }],
    }),
  );
  const mail = await mailTo(`${Username}@example.com`);
  expect(temporaryPassword(mail)).toMatch(/^\S{40}$/);
});

async function mails(address: string): Promise<string[]> {
  const answer = await fetch(`${stack.endpoint}/_ministack/ses/messages`);
  const { messages } = (await answer.json()) as { messages: Record<string, { To: string[]; BodyText: string }[]> };
  return (messages[account] ?? []).filter(({ To }) => To.includes(address)).map(({ BodyText }) => BodyText);
}

const mailTo = async (address: string) => (await mails(address)).at(-1) ?? '';

const temporaryPassword = (mail: string) => /temporary password is (.*)\.$/.exec(mail)?.[1] ?? '';

test('an invitation sent again has a new password that works, the old one no longer does', async () => {
  const pool = await createPool();
  const Username = randomUUID();
  const address = `${Username}@example.com`;
  const UserAttributes = [{ Name: 'email', Value: address }];
  await cognito.send(new AdminCreateUserCommand({ UserPoolId: pool.UserPoolId, Username, UserAttributes }));
  const first = temporaryPassword(await mailTo(address));
  await cognito.send(new AdminCreateUserCommand({ UserPoolId: pool.UserPoolId, Username, MessageAction: 'RESEND' }));
  expect(await mails(address)).toHaveLength(2);
  const second = temporaryPassword(await mailTo(address));
  expect(second).not.toBe(first);
  await expect(signIn(pool, Username, first)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  expect((await signIn(pool, Username, second)).ChallengeName).toBe('NEW_PASSWORD_REQUIRED');
});

test('no invitation goes to a user who has chosen a password, and none is created twice', async () => {
  const pool = await createPool();
  const Username = await createUser(pool);
  await expect(
    cognito.send(new AdminCreateUserCommand({ UserPoolId: pool.UserPoolId, Username, MessageAction: 'RESEND' })),
  ).rejects.toMatchObject({ name: 'UnsupportedUserStateException' });
  await expect(cognito.send(new AdminCreateUserCommand({ UserPoolId: pool.UserPoolId, Username }))).rejects.toMatchObject({
    name: 'UsernameExistsException',
  });
  expect((await signIn(pool, Username)).AuthenticationResult).toBeDefined();
});

test('a password that is not permanent must be changed at the first sign-in', async () => {
  const pool = await createPool();
  const USERNAME = await createUser(pool, { permanent: false });
  const { UserStatus } = await cognito.send(new AdminGetUserCommand({ UserPoolId: pool.UserPoolId, Username: USERNAME }));
  expect(UserStatus).toBe('FORCE_CHANGE_PASSWORD');
  const { ChallengeName, Session } = await signIn(pool, USERNAME);
  expect(ChallengeName).toBe('NEW_PASSWORD_REQUIRED');
  await expect(respond(pool, 'NEW_PASSWORD_REQUIRED', Session, { USERNAME, NEW_PASSWORD: 'short' })).rejects.toMatchObject({
    name: 'InvalidPasswordException',
  });
  const changed = await respond(pool, 'NEW_PASSWORD_REQUIRED', Session, { USERNAME, NEW_PASSWORD: `${password}2` });
  expect(changed.AuthenticationResult?.AccessToken).toBeDefined();
  expect((await signIn(pool, USERNAME, `${password}2`)).AuthenticationResult).toBeDefined();
});

test('a challenge is answered only with its own session, once', async () => {
  const pool = await createPool();
  const USERNAME = await createUser(pool, { permanent: false });
  const other = await createUser(pool, { permanent: false });
  const { Session } = await signIn(pool, USERNAME);
  const answer = { USERNAME, NEW_PASSWORD: `${password}2` };
  await expect(respond(pool, 'NEW_PASSWORD_REQUIRED', 'any session of twenty or more', answer)).rejects.toMatchObject(invalidSession);
  await expect(respond(pool, 'NEW_PASSWORD_REQUIRED', Session, { ...answer, USERNAME: other })).rejects.toMatchObject(invalidSession);
  await expect(respond(pool, 'MFA_SETUP', Session, { USERNAME })).rejects.toMatchObject(invalidSession);
  await respond(pool, 'NEW_PASSWORD_REQUIRED', Session, answer);
  await expect(respond(pool, 'NEW_PASSWORD_REQUIRED', Session, answer)).rejects.toMatchObject(invalidSession);
});

test('a pool that demands MFA gives tokens to nobody without it', async () => {
  const pool = await createPool({}, 'ON');
  const username = await createUser(pool);
  const { ChallengeName, Session, AuthenticationResult } = await signIn(pool, username);
  expect([ChallengeName, AuthenticationResult]).toEqual(['MFA_SETUP', undefined]);
  await expect(respond(pool, 'MFA_SETUP', Session, { USERNAME: username })).rejects.toMatchObject(invalidSession);
  await enrol(pool, username, Session);
  expect((await signIn(pool, username)).ChallengeName).toBe('SOFTWARE_TOKEN_MFA');
});

test('signing in by SRP with an authenticator: each code once, a wrong one never', async () => {
  const pool = await createPool({}, 'ON');
  const username = await createUser(pool);
  const { secret } = await enrol(pool, username, (await signIn(pool, username)).Session);
  const code = totpCode(secret, Date.now() + 30_000);
  const answer = (Session: string | undefined, SOFTWARE_TOKEN_MFA_CODE: string) =>
    respond(pool, 'SOFTWARE_TOKEN_MFA', Session, { USERNAME: username, SOFTWARE_TOKEN_MFA_CODE });
  const { ChallengeName, Session } = await signInBySrp(pool, username);
  expect(ChallengeName).toBe('SOFTWARE_TOKEN_MFA');
  await expect(answer(Session, code === '000000' ? '000001' : '000000')).rejects.toMatchObject({ name: 'CodeMismatchException' });
  expect((await answer(Session, code)).AuthenticationResult?.IdToken).toBeDefined();
  await expect(answer((await signIn(pool, username)).Session, code)).rejects.toMatchObject({ name: 'ExpiredCodeException' });
}, 20_000);

test('MFA is not switched on for a user without an authenticator', async () => {
  const pool = await createPool({}, 'OPTIONAL');
  const Username = await createUser(pool);
  await expect(
    cognito.send(
      new AdminSetUserMFAPreferenceCommand({ UserPoolId: pool.UserPoolId, Username, SoftwareTokenMfaSettings: { Enabled: true } }),
    ),
  ).rejects.toMatchObject({ name: 'InvalidParameterException' });
  await expect(cognito.send(new AssociateSoftwareTokenCommand({ AccessToken: 'no.such.token' }))).rejects.toMatchObject({
    name: 'NotAuthorizedException',
  });
});

test('immutable, unknown and overlong attributes are refused', async () => {
  const pool = await createPool();
  const Username = await createUser(pool);
  const update = (Name: string, Value: string) =>
    cognito.send(new AdminUpdateUserAttributesCommand({ UserPoolId: pool.UserPoolId, Username, UserAttributes: [{ Name, Value }] }));
  await expect(update('custom:tenantId', 't-2')).rejects.toThrow('user.custom:tenantId: Attribute cannot be updated.');
  await expect(update('custom:unknown', 'x')).rejects.toMatchObject({ name: 'InvalidParameterException' });
  await update('given_name', 'Zoë');
  await expect(
    cognito.send(
      new AdminCreateUserCommand({
        UserPoolId: pool.UserPoolId,
        Username: randomUUID(),
        UserAttributes: [{ Name: 'custom:tenantId', Value: 'longer than eight' }],
      }),
    ),
  ).rejects.toThrow('String must be no longer than 8 characters');
});

test('a user does not write attributes that the client may not', async () => {
  const pool = await createPool({ Schema: [{ Name: 'role', AttributeDataType: 'String', Mutable: true }] });
  const username = randomUUID();
  await cognito.send(new AdminCreateUserCommand({ UserPoolId: pool.UserPoolId, Username: username, MessageAction: 'SUPPRESS' }));
  await cognito.send(
    new AdminSetUserPasswordCommand({ UserPoolId: pool.UserPoolId, Username: username, Password: password, Permanent: true }),
  );
  const { AccessToken = '' } = (await signIn(pool, username)).AuthenticationResult ?? {};
  await expect(
    cognito.send(new UpdateUserAttributesCommand({ AccessToken, UserAttributes: [{ Name: 'custom:role', Value: 'admin' }] })),
  ).rejects.toMatchObject({ name: 'NotAuthorizedException' });
});

test('a protected pool is not deleted, and one of administrators’ making takes no sign-up', async () => {
  const pool = await createPool({ DeletionProtection: 'ACTIVE', AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } });
  await expect(cognito.send(new DeleteUserPoolCommand({ UserPoolId: pool.UserPoolId }))).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
  await expect(
    cognito.send(new SignUpCommand({ ClientId: pool.ClientId, Username: randomUUID(), Password: password })),
  ).rejects.toMatchObject({
    name: 'NotAuthorizedException',
  });
});

test('a pool that ignores case takes an address for the same user whatever its case', async () => {
  const pool = await createPool({ UsernameAttributes: ['email'], UsernameConfiguration: { CaseSensitive: false } });
  const create = (Username: string) =>
    cognito.send(new AdminCreateUserCommand({ UserPoolId: pool.UserPoolId, Username, MessageAction: 'SUPPRESS' }));
  await create('zoe@example.com');
  await expect(create('Zoe@Example.com')).rejects.toMatchObject({ name: 'UsernameExistsException' });
});
