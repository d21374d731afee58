import { randomUUID } from 'node:crypto';
import {
  AdminCreateUserCommand,
  AdminInitiateAuthCommand,
  AdminRespondToAuthChallengeCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  type CreateUserPoolCommandInput,
  SetUserPoolMfaConfigCommand,
  type UserPoolMfaType,
} from '@aws-sdk/client-cognito-identity-provider';
import type { BareMiniStack } from './bare-ministack.ts';

/** A user pool and its app client, by the names that Cognito's commands have for them. */
export type Pool = { UserPoolId: string; ClientId: string };

/** A password that every pool here accepts. */
export const password = 'Correct-horse-battery-staple-1';

/** What the checks of Cognito do with its pools and users. */
export class UserPools {
  readonly cognito: CognitoIdentityProviderClient;

  constructor(stack: BareMiniStack) {
    this.cognito = new CognitoIdentityProviderClient(stack.options());
  }

  /** Creates a pool whose users have an immutable `custom:tenantId` of at most eight characters. */
  async createPool(more: Partial<CreateUserPoolCommandInput> = {}, mfa: UserPoolMfaType = 'OFF'): Promise<Pool> {
    const { UserPool } = await this.cognito.send(
      new CreateUserPoolCommand({
        PoolName: 'pool',
        Schema: [{ Name: 'tenantId', AttributeDataType: 'String', Mutable: false, StringAttributeConstraints: { MaxLength: '8' } }],
        ...more,
      }),
    );
    const UserPoolId = UserPool?.Id ?? '';
    await this.cognito.send(
      new SetUserPoolMfaConfigCommand({ UserPoolId, MfaConfiguration: mfa, SoftwareTokenMfaConfiguration: { Enabled: mfa !== 'OFF' } }),
    );
    const { UserPoolClient } = await this.cognito.send(
      new CreateUserPoolClientCommand({
        UserPoolId,
        ClientName: 'client',
        ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      }),
    );
    return { UserPoolId, ClientId: UserPoolClient?.ClientId ?? '' };
  }

  /** Creates a user with a password, which must be changed at the first sign-in unless it is permanent, and returns the name. */
  async createUser(pool: Pool, more: { permanent?: boolean } = {}): Promise<string> {
    const Username = randomUUID();
    await this.cognito.send(
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
    await this.cognito.send(
      new AdminSetUserPasswordCommand({ UserPoolId: pool.UserPoolId, Username, Password: password, Permanent: more.permanent ?? true }),
    );
    return Username;
  }

  /** Signs a user in by user name and password. */
  signIn(pool: Pool, USERNAME: string, PASSWORD = password) {
    return this.cognito.send(
      new AdminInitiateAuthCommand({ ...pool, AuthFlow: 'ADMIN_USER_PASSWORD_AUTH', AuthParameters: { USERNAME, PASSWORD } }),
    );
  }

  /** Answers a challenge. */
  respond(
    pool: Pool,
    ChallengeName: 'NEW_PASSWORD_REQUIRED' | 'SOFTWARE_TOKEN_MFA' | 'MFA_SETUP',
    Session: string | undefined,
    ChallengeResponses: Record<string, string>,
  ) {
    return this.cognito.send(new AdminRespondToAuthChallengeCommand({ ...pool, ChallengeName, Session, ChallengeResponses }));
  }
}
