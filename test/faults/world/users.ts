import { type CognitoIdentityProviderClient, ListUsersCommand, type UserType } from '@aws-sdk/client-cognito-identity-provider';
import type { ReaderOf } from './reader.ts';

/** The users of a pool that a filter of Cognito's lets through; without one, all. */
export async function users(client: CognitoIdentityProviderClient, UserPoolId: string, Filter?: string) {
  const found: UserType[] = [];
  let PaginationToken: string | undefined;
  do {
    const page = await client.send(new ListUsersCommand({ UserPoolId, Filter, PaginationToken }));
    found.push(...(page.Users ?? []));
    PaginationToken = page.PaginationToken;
  } while (PaginationToken);
  return found.map(({ Username, UserStatus, Enabled, Attributes = [] }) => ({
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
    type === 'AWS::Cognito::UserPool' ? { store: path, read: ({ email }) => users(client, physicalId, `email = "${email}"`) } : undefined;
