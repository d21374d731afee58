import {
  AdminInitiateAuthCommand,
  AdminRespondToAuthChallengeCommand,
  AdminSetUserPasswordCommand,
  ListUserPoolClientsCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { cognito, output } from './clients.ts';

/** The one client of the pool of tenants' users: the smoke test's. */
async function probeClientId(): Promise<string> {
  const { UserPoolClients = [] } = await cognito.send(new ListUserPoolClientsCommand({ UserPoolId: output('TenantUserPoolId') }));
  const [client] = UserPoolClients;
  if (!client?.ClientId || UserPoolClients.length > 1) throw new Error(`The pool has ${UserPoolClients.length} clients, and not one.`);
  return client.ClientId;
}

/** What Cognito answers to a user's name and password. */
export const proveTenantUser = async (username: string, password: string) =>
  cognito.send(
    new AdminInitiateAuthCommand({
      UserPoolId: output('TenantUserPoolId'),
      ClientId: await probeClientId(),
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: username, PASSWORD: password },
    }),
  );

/** Signs a tenant's user in for the first time. @returns their ID token */
export async function tenantUsersToken(username: string): Promise<string> {
  const UserPoolId = output('TenantUserPoolId');
  await cognito.send(
    new AdminSetUserPasswordCommand({ UserPoolId, Username: username, Password: 'Temporary-1-of-a-test', Permanent: false }),
  );
  const { ChallengeName, Session } = await proveTenantUser(username, 'Temporary-1-of-a-test');
  const { AuthenticationResult } = await cognito.send(
    new AdminRespondToAuthChallengeCommand({
      UserPoolId,
      ClientId: await probeClientId(),
      ChallengeName,
      Session,
      ChallengeResponses: { USERNAME: username, NEW_PASSWORD: 'Chosen-1-by-its-user' },
    }),
  );
  if (!AuthenticationResult?.IdToken) throw new Error('Cognito answered without an ID token.');
  return AuthenticationResult.IdToken;
}
