import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AccountRecovery, FeaturePlan, Mfa, UserPool, type UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

/** The people who operate Tenantry. They sign in with a password that is never sent (SRP) and a one-time code. */
export class StaffUsers extends Construct {
  readonly userPool: UserPool;
  readonly client: UserPoolClient;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.userPool = new UserPool(this, 'UserPool', {
      selfSignUpEnabled: false,
      signInAliases: { username: true },
      signInCaseSensitive: false,
      standardAttributes: { email: { required: true, mutable: true } },
      passwordPolicy: {
        minLength: 16,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(1),
      },
      mfa: Mfa.REQUIRED,
      mfaSecondFactor: { sms: false, otp: true },
      // Another administrator resets a forgotten password: a mailbox alone must not open the control plane.
      accountRecovery: AccountRecovery.NONE,
      featurePlan: FeaturePlan.LITE,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.userPool.addGroup('Operators', { groupName: 'operators', description: 'May see all tenants and redrive them.' });
    this.client = this.userPool.addClient('Client', {
      generateSecret: false,
      preventUserExistenceErrors: true,
      disableOAuth: true,
      authFlows: { userSrp: true },
      // A token cannot be called back before it ends, so it ends soon.
      accessTokenValidity: Duration.minutes(15),
      idTokenValidity: Duration.minutes(15),
      refreshTokenValidity: Duration.hours(8),
      enableTokenRevocation: true,
    });
    acknowledge(this.userPool, {
      'AwsSolutions-COG8': 'Nothing here needs more than the Lite plan; the plan is switched in place when something does.',
    });
  }
}
