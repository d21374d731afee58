import { type CognitoIdentityProviderClient, ListUsersCommand, type UserType } from '@aws-sdk/client-cognito-identity-provider';
import type { ReaderOf } from './reader.ts';

/** Users of a pool with an address, whosesoever they are. */
async function usersWith(client: CognitoIdentityProviderClient, UserPoolId: string, email: string) {
  const users: UserType[] = [];
  let PaginationToken: string | undefined;
  do {
    const page = await client.send(new ListUsersCommand({ UserPoolId, Filter: `email = "${email}"`, PaginationToken }));
    users.push(...(page.Users ?? []));
    PaginationToken = page.PaginationToken;
  } while (PaginationToken);
  return users.map(({ Username, UserStatus, Enabled, Attributes = [] }) => ({
    Username,
    UserStatus,
    Enabled,
    attributes: Object.fromEntries(Attributes.map(({ Name, Value }) => [Name ?? '', Value])),
  }));
}

/** The pools of users; the staff's too, where nobody who signs up must ever be. */
export const userPoolReader =
  (client: CognitoIdentityProviderClient): ReaderOf =>
  ({ type, path, physicalId }) =>
    type === 'AWS::Cognito::UserPool' ? { store: path, read: ({ email }) => usersWith(client, physicalId, email) } : undefined;
