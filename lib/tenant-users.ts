import { Aws, Duration } from 'aws-cdk-lib';
import {
  AccountRecovery,
  type CfnUserPoolClient,
  FeaturePlan,
  Mfa,
  StringAttribute,
  UserPool,
  type UserPoolClient,
  UserPoolEmail,
} from 'aws-cdk-lib/aws-cognito';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { Configuration } from './configuration.ts';
import type { Ability } from './handler.ts';
import { type Kept, removalPolicyOf } from './kept.ts';

export interface TenantUsersProps extends Pick<Configuration, 'mailFromAddress' | 'mailIdentity'> {
  readonly kept: Kept;
}

/**
 * The people who use the tenants, each of one tenant. Usernames are opaque and e-mail addresses are no alias, so that one person can be in many
 * tenants and nobody can occupy another's address.
 */
export class TenantUsers extends Construct {
  readonly userPool: UserPool;
  readonly probeClient: UserPoolClient;

  constructor(scope: Construct, id: string, { mailFromAddress, mailIdentity, kept }: TenantUsersProps) {
    super(scope, id);
    this.userPool = new UserPool(this, 'UserPool', {
      selfSignUpEnabled: false,
      signInAliases: { username: true },
      signInCaseSensitive: false,
      standardAttributes: { email: { required: true, mutable: true } },
      customAttributes: { tenantId: new StringAttribute({ minLen: 36, maxLen: 36, mutable: false }) },
      passwordPolicy: {
        minLength: 14,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(7),
      },
      mfa: Mfa.OPTIONAL,
      mfaSecondFactor: { sms: false, otp: true },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      userInvitation: {
        emailSubject: 'Your tenant is ready',
        emailBody:
          '<p>Your tenant is ready. Sign in with these credentials; you will be asked for a password of your own.</p>' +
          '<p>User name: {username}<br>Temporary password: {####}</p><p>The temporary password is valid for 7 days.</p>',
      },
      email: UserPoolEmail.withSES({
        fromEmail: mailFromAddress,
        ...(mailIdentity === mailFromAddress ? {} : { sesVerifiedDomain: mailIdentity }),
        sesRegion: Aws.REGION,
      }),
      featurePlan: FeaturePlan.LITE,
      // A creation that fails could not take a protected pool away again.
      deletionProtection: kept === 'always',
      removalPolicy: removalPolicyOf(kept),
    });
    this.probeClient = this.userPool.addClient('Probe', {
      generateSecret: false,
      preventUserExistenceErrors: true,
      disableOAuth: true,
      authFlows: { adminUserPassword: true },
    });
    // The construct would add refresh tokens. The smoke test stops at NEW_PASSWORD_REQUIRED, so nobody ever gets a token by this client.
    (this.probeClient.node.defaultChild as CfnUserPoolClient).explicitAuthFlows = ['ALLOW_ADMIN_USER_PASSWORD_AUTH'];

    acknowledge(this.userPool, {
      'AwsSolutions-COG2':
        'A second factor is offered to every user. Whether it is demanded is for each tenant to decide, when it sets up its sign-in.',
      'AwsSolutions-COG8': 'Nothing here needs more than the Lite plan; the plan is switched in place when something does.',
    });
  }

  /** To create a tenant's user, silently, or to see whose an existing one is; and to delete the user of an address that was corrected. */
  createUser(): Ability {
    return this.administer('AdminCreateUser', 'AdminGetUser', 'AdminDeleteUser');
  }

  /** To prove that a user can sign in, without knowing anybody's password. */
  probeSignIn(): Ability {
    const { environment, ...grants } = this.administer('AdminGetUser', 'AdminSetUserPassword', 'AdminInitiateAuth');
    return { environment: { ...environment, TENANT_PROBE_CLIENT_ID: this.probeClient.userPoolClientId }, ...grants };
  }

  /** To mail a user the invitation with a new temporary password. */
  invite(): Ability {
    return this.administer('AdminCreateUser', 'AdminGetUser');
  }

  /** To delete a tenant's user, and to see whose it is. */
  deleteUser(): Ability {
    return this.administer('AdminDeleteUser', 'AdminGetUser');
  }

  /** On the shared pool, and on those of the silos: which of them is the tenant's, its record says. */
  private administer(...names: string[]) {
    const actions = names.map((name) => `cognito-idp:${name}`);
    return {
      environment: { TENANT_USER_POOL_ID: this.userPool.userPoolId },
      statements: [new PolicyStatement({ actions, resources: [this.userPool.userPoolArn] })],
      wildcard: {
        id: 'SiloUsers',
        statements: [
          new PolicyStatement({
            actions,
            resources: [`arn:${Aws.PARTITION}:cognito-idp:${Aws.REGION}:${Aws.ACCOUNT_ID}:userpool/*`],
            conditions: { Null: { 'aws:ResourceTag/tenantry:tenantId': 'false' } },
          }),
        ],
        reason: 'User pools get their names when they are made; those of silos are told by their tag.',
      },
    };
  }
}
