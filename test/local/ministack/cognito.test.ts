import { randomUUID } from 'node:crypto';
import {
  AdminCreateUserCommand,
  AdminGetUserCommand,
  AdminSetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  DeleteUserPoolCommand,
  SignUpCommand,
  UpdateUserAttributesCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { account, type BareMiniStack, startBareMiniStack } from '../../support/bare-ministack.ts';
import { password, UserPools } from '../../support/user-pools.ts';

let stack: BareMiniStack;
let pools: UserPools;

beforeAll(async () => {
  stack = await startBareMiniStack();
  pools = new UserPools(stack);
});
afterAll(() => stack.stop());

async function mails(address: string): Promise<string[]> {
  const answer = await fetch(`${stack.endpoint}/_ministack/ses/messages`);
  const { messages } = (await answer.json()) as { messages: Record<string, { To: string[]; BodyText: string }[]> };
  return (messages[account] ?? []).filter(({ To }) => To.includes(address)).map(({ BodyText }) => BodyText);
}

const mailTo = async (address: string) => (await mails(address)).at(-1) ?? '';

const temporaryPassword = (mail: string) => /temporary password is (.*)\.$/.exec(mail)?.[1] ?? '';

test('a temporary password meets the pool’s policy', async () => {
  const pool = await pools.createPool({ Policies: { PasswordPolicy: { MinimumLength: 40, RequireSymbols: true, RequireNumbers: true } } });
  const Username = randomUUID();
  await pools.cognito.send(
    new AdminCreateUserCommand({
      UserPoolId: pool.UserPoolId,
      Username,
      UserAttributes: [{ Name: 'email', Value: `${Username}@example.com` }],
    }),
  );
  const mail = await mailTo(`${Username}@example.com`);
  expect(temporaryPassword(mail)).toMatch(/^\S{40}$/);
});

test('an invitation sent again has a new password that works, the old one no longer does', async () => {
  const pool = await pools.createPool();
  const Username = randomUUID();
  const address = `${Username}@example.com`;
  const UserAttributes = [{ Name: 'email', Value: address }];
  await pools.cognito.send(new AdminCreateUserCommand({ UserPoolId: pool.UserPoolId, Username, UserAttributes }));
  const first = temporaryPassword(await mailTo(address));
  await pools.cognito.send(new AdminCreateUserCommand({ UserPoolId: pool.UserPoolId, Username, MessageAction: 'RESEND' }));
  expect(await mails(address)).toHaveLength(2);
  const second = temporaryPassword(await mailTo(address));
  expect(second).not.toBe(first);
  await expect(pools.signIn(pool, Username, first)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  expect((await pools.signIn(pool, Username, second)).ChallengeName).toBe('NEW_PASSWORD_REQUIRED');
});

test('no invitation goes to a user who has chosen a password, and none is created twice', async () => {
  const pool = await pools.createPool();
  const Username = await pools.createUser(pool);
  await expect(
    pools.cognito.send(new AdminCreateUserCommand({ UserPoolId: pool.UserPoolId, Username, MessageAction: 'RESEND' })),
  ).rejects.toMatchObject({ name: 'UnsupportedUserStateException' });
  await expect(pools.cognito.send(new AdminCreateUserCommand({ UserPoolId: pool.UserPoolId, Username }))).rejects.toMatchObject({
    name: 'UsernameExistsException',
  });
  expect((await pools.signIn(pool, Username)).AuthenticationResult).toBeDefined();
});

test('a password that is not permanent must be changed at the first sign-in', async () => {
  const pool = await pools.createPool();
  const USERNAME = await pools.createUser(pool, { permanent: false });
  const { UserStatus } = await pools.cognito.send(new AdminGetUserCommand({ UserPoolId: pool.UserPoolId, Username: USERNAME }));
  expect(UserStatus).toBe('FORCE_CHANGE_PASSWORD');
  const { ChallengeName, Session } = await pools.signIn(pool, USERNAME);
  expect(ChallengeName).toBe('NEW_PASSWORD_REQUIRED');
  await expect(pools.respond(pool, 'NEW_PASSWORD_REQUIRED', Session, { USERNAME, NEW_PASSWORD: 'short' })).rejects.toMatchObject({
    name: 'InvalidPasswordException',
  });
  const changed = await pools.respond(pool, 'NEW_PASSWORD_REQUIRED', Session, { USERNAME, NEW_PASSWORD: `${password}2` });
  expect(changed.AuthenticationResult?.AccessToken).toBeDefined();
  expect((await pools.signIn(pool, USERNAME, `${password}2`)).AuthenticationResult).toBeDefined();
});

test('immutable, unknown and overlong attributes are refused', async () => {
  const pool = await pools.createPool();
  const Username = await pools.createUser(pool);
  const update = (Name: string, Value: string) =>
    pools.cognito.send(new AdminUpdateUserAttributesCommand({ UserPoolId: pool.UserPoolId, Username, UserAttributes: [{ Name, Value }] }));
  await expect(update('custom:tenantId', 't-2')).rejects.toThrow('user.custom:tenantId: Attribute cannot be updated.');
  await expect(update('custom:unknown', 'x')).rejects.toMatchObject({ name: 'InvalidParameterException' });
  await update('given_name', 'Zoë');
  await expect(
    pools.cognito.send(
      new AdminCreateUserCommand({
        UserPoolId: pool.UserPoolId,
        Username: randomUUID(),
        UserAttributes: [{ Name: 'custom:tenantId', Value: 'longer than eight' }],
      }),
    ),
  ).rejects.toThrow('String must be no longer than 8 characters');
});

test('a user does not write attributes that the client may not', async () => {
  const pool = await pools.createPool({ Schema: [{ Name: 'role', AttributeDataType: 'String', Mutable: true }] });
  const username = randomUUID();
  await pools.cognito.send(new AdminCreateUserCommand({ UserPoolId: pool.UserPoolId, Username: username, MessageAction: 'SUPPRESS' }));
  await pools.cognito.send(
    new AdminSetUserPasswordCommand({ UserPoolId: pool.UserPoolId, Username: username, Password: password, Permanent: true }),
  );
  const { AccessToken = '' } = (await pools.signIn(pool, username)).AuthenticationResult ?? {};
  await expect(
    pools.cognito.send(new UpdateUserAttributesCommand({ AccessToken, UserAttributes: [{ Name: 'custom:role', Value: 'admin' }] })),
  ).rejects.toMatchObject({ name: 'NotAuthorizedException' });
});

test('a protected pool is not deleted, and one of administrators’ making takes no sign-up', async () => {
  const pool = await pools.createPool({ DeletionProtection: 'ACTIVE', AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } });
  await expect(pools.cognito.send(new DeleteUserPoolCommand({ UserPoolId: pool.UserPoolId }))).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
  await expect(
    pools.cognito.send(new SignUpCommand({ ClientId: pool.ClientId, Username: randomUUID(), Password: password })),
  ).rejects.toMatchObject({
    name: 'NotAuthorizedException',
  });
});

test('a pool that ignores case takes an address for the same user whatever its case', async () => {
  const pool = await pools.createPool({ UsernameAttributes: ['email'], UsernameConfiguration: { CaseSensitive: false } });
  const create = (Username: string) =>
    pools.cognito.send(new AdminCreateUserCommand({ UserPoolId: pool.UserPoolId, Username, MessageAction: 'SUPPRESS' }));
  await create('zoe@example.com');
  await expect(create('Zoe@Example.com')).rejects.toMatchObject({ name: 'UsernameExistsException' });
});
