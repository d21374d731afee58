import { randomBytes } from 'node:crypto';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserMFAPreferenceCommand,
  AdminSetUserPasswordCommand,
  AssociateSoftwareTokenCommand,
  AuthFlowType,
  ChallengeNameType,
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  type RespondToAuthChallengeCommandOutput,
  VerifySoftwareTokenCommand,
  type VerifySoftwareTokenCommandInput,
  type VerifySoftwareTokenCommandOutput,
} from '@aws-sdk/client-cognito-identity-provider';
import { createSrpSession, signSrpSession, wrapAuthChallenge, wrapInitiateAuth } from 'cognito-srp-helper';
import { TOTP } from 'otpauth';
import type { Credentials, StaffOperator } from './stack-record.ts';

/** The staff pool and how to reach it. */
export type StaffPool = { endpoint: string; region: string; credentials: Credentials; userPoolId: string; clientId: string };

const defaultUsername = 'operator@example.com';
const group = 'operators';
const codePeriodSeconds = 30;

/** Makes an operator in the staff pool and enrols an authenticator for it, by the calls that a person's sign-in on AWS makes. */
export async function seedStaffOperator(pool: StaffPool, username: string = defaultUsername): Promise<StaffOperator> {
  const cognito = new CognitoIdentityProviderClient(pool);
  const operator = { UserPoolId: pool.userPoolId, Username: username };
  // Letters of both cases, a digit and a symbol, whatever the policy of the pool asks for, and 144 random bits.
  const password = `Aa1!${randomBytes(18).toString('base64url')}`;
  try {
    await cognito.send(
      new AdminCreateUserCommand({
        ...operator,
        MessageAction: 'SUPPRESS',
        TemporaryPassword: password,
        UserAttributes: [
          { Name: 'email', Value: username },
          { Name: 'email_verified', Value: 'true' },
        ],
      }),
    );
    await cognito.send(new AdminSetUserPasswordCommand({ ...operator, Password: password, Permanent: true }));
    await cognito.send(new AdminAddUserToGroupCommand({ ...operator, GroupName: group }));
    const totpSecret = await enrolAuthenticator(cognito, pool, username, password);
    await cognito.send(
      new AdminSetUserMFAPreferenceCommand({ ...operator, SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true } }),
    );
    return { username, password, totpSecret };
  } finally {
    cognito.destroy();
  }
}

/** Signs in for the first time and answers the demand for an authenticator. Returns its secret in base32. */
async function enrolAuthenticator(
  cognito: CognitoIdentityProviderClient,
  pool: StaffPool,
  username: string,
  password: string,
): Promise<string> {
  const answer = await signIn(cognito, pool, username, password);
  // AWS demands MFA_SETUP here and hands out no token before (https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa-totp.html).
  const holder =
    answer.ChallengeName === 'MFA_SETUP' ? { Session: answer.Session } : { AccessToken: answer.AuthenticationResult?.AccessToken };
  const { SecretCode, Session } = await cognito.send(new AssociateSoftwareTokenCommand(holder));
  if (!SecretCode) throw new Error('Cognito answered without an authenticator secret.');
  const verified = await verify(cognito, SecretCode, holder.AccessToken ? { AccessToken: holder.AccessToken } : { Session });
  if (answer.ChallengeName === 'MFA_SETUP') {
    await cognito.send(
      new RespondToAuthChallengeCommand({
        ClientId: pool.clientId,
        ChallengeName: 'MFA_SETUP',
        Session: verified.Session,
        ChallengeResponses: { USERNAME: username },
      }),
    );
  }
  return SecretCode;
}

/** Shows a code of the authenticator's. It works once: that of the period before is still accepted, and leaves the present one to the operator's first sign-in. */
async function verify(
  cognito: CognitoIdentityProviderClient,
  secret: string,
  holder: Pick<VerifySoftwareTokenCommandInput, 'AccessToken' | 'Session'>,
): Promise<VerifySoftwareTokenCommandOutput> {
  const totp = new TOTP({ secret });
  const present = () => Math.floor(Date.now() / 1_000 / codePeriodSeconds);
  for (;;) {
    const period = present();
    const UserCode = totp.generate({ timestamp: (period - 1) * codePeriodSeconds * 1_000 });
    try {
      return await cognito.send(new VerifySoftwareTokenCommand({ ...holder, UserCode }));
    } catch (error) {
      // Unless another period has begun on the way, so that the code was of none that is accepted.
      if (present() === period) throw error;
    }
  }
}

/** Proves knowledge of the password by SRP, the only flow that the staff client allows. */
async function signIn(
  cognito: CognitoIdentityProviderClient,
  pool: StaffPool,
  username: string,
  password: string,
): Promise<RespondToAuthChallengeCommandOutput> {
  const session = createSrpSession(username, password, pool.userPoolId, false);
  const initiated = await cognito.send(
    new InitiateAuthCommand(
      wrapInitiateAuth(session, {
        ClientId: pool.clientId,
        AuthFlow: AuthFlowType.USER_SRP_AUTH,
        AuthParameters: { USERNAME: username, CHALLENGE_NAME: 'SRP_A' },
      }),
    ),
  );
  return cognito.send(
    new RespondToAuthChallengeCommand(
      wrapAuthChallenge(signSrpSession(session, { ChallengeParameters: initiated.ChallengeParameters ?? {} }), {
        ClientId: pool.clientId,
        ChallengeName: ChallengeNameType.PASSWORD_VERIFIER,
        ChallengeResponses: { USERNAME: username },
        Session: initiated.Session,
      }),
    ),
  );
}
