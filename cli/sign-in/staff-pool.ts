import {
  type AuthenticationResultType,
  CognitoIdentityProviderClient,
  CognitoIdentityProviderServiceException,
  InitiateAuthCommand,
  RevokeTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { CommandFailure, exitCodes } from '../failure.ts';
import { unreachable } from '../network.ts';
import type { Profile } from '../profiles.ts';

/** What signing in gives. `expiresAt` is the end of the ID token, RFC 3339. */
export interface Tokens {
  readonly idToken: string;
  readonly refreshToken: string;
  readonly expiresAt: string;
}

/** Talks to Cognito for one piece of work. Its errors become CommandFailures, but for those that `work` handles. */
export async function withStaffPool<Answer>(
  profile: Profile,
  work: (cognito: CognitoIdentityProviderClient) => Promise<Answer>,
): Promise<Answer> {
  const { region, cognitoEndpoint } = profile;
  const cognito = new CognitoIdentityProviderClient({
    region,
    ...(cognitoEndpoint ? { endpoint: cognitoEndpoint } : {}),
    // None of these calls is signed, and a laptop's AWS credentials are none of their business.
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  });
  try {
    return await work(cognito);
  } catch (error) {
    throw failureOf(error, profile);
  } finally {
    cognito.destroy();
  }
}

/** @returns newer tokens, or undefined when the refresh token has ended or was revoked */
export async function refresh(profile: Profile, refreshToken: string): Promise<Tokens | undefined> {
  return withStaffPool(profile, async (cognito) => {
    try {
      const { AuthenticationResult } = await cognito.send(
        new InitiateAuthCommand({
          ClientId: profile.staffUserPoolClientId,
          AuthFlow: 'REFRESH_TOKEN_AUTH',
          AuthParameters: { REFRESH_TOKEN: refreshToken },
        }),
      );
      return tokensOf(AuthenticationResult, refreshToken);
    } catch (error) {
      if (error instanceof Error && error.name === 'NotAuthorizedException') return undefined;
      throw error;
    }
  });
}

/** Ends a refresh token, and with it every token that came from it. */
export async function revoke(profile: Profile, refreshToken: string): Promise<void> {
  await withStaffPool(profile, (cognito) =>
    cognito.send(new RevokeTokenCommand({ ClientId: profile.staffUserPoolClientId, Token: refreshToken })),
  );
}

/** Cognito leaves the refresh token out of the answer to a refresh: the one that was sent goes on. */
export function tokensOf(result: AuthenticationResultType | undefined, presentRefreshToken?: string): Tokens {
  const { IdToken, RefreshToken = presentRefreshToken, ExpiresIn } = result ?? {};
  if (!IdToken || !RefreshToken || !ExpiresIn) throw new Error('Cognito answered without tokens.');
  return { idToken: IdToken, refreshToken: RefreshToken, expiresAt: new Date(Date.now() + ExpiresIn * 1000).toISOString() };
}

/** What Cognito refuses, in words: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html */
const refusals: Record<string, readonly [message: string, next: string]> = {
  NotAuthorizedException: [
    'Username or password is wrong, or the user is disabled.',
    'Try again, or ask an administrator of the staff pool.',
  ],
  UserNotFoundException: [
    'Username or password is wrong, or the user is disabled.',
    'Try again, or ask an administrator of the staff pool.',
  ],
  PasswordResetRequiredException: ['An administrator has reset the password.', 'Ask them for a new temporary password.'],
  CodeMismatchException: ['The code is wrong.', 'Sign in again with the code that the authenticator shows now; check its clock.'],
  EnableSoftwareTokenMFAException: ['The code is wrong.', 'Sign in again with the code that the authenticator shows now; check its clock.'],
  ExpiredCodeException: ['The code was used already or has ended.', 'Wait for the next code and sign in again.'],
  TooManyRequestsException: ['Cognito is asked too often.', 'Wait for a minute and sign in again.'],
  LimitExceededException: ['There were too many attempts.', 'Wait for some minutes and sign in again.'],
};

function failureOf(error: unknown, profile: Profile): unknown {
  if (error instanceof CommandFailure || !(error instanceof Error)) return error;
  if (!(error instanceof CognitoIdentityProviderServiceException)) {
    // The SDK's own defects have no code; what has one is the network's.
    const isNetwork = 'code' in error || error.name === 'TimeoutError';
    return isNetwork ? unreachable(error, profile.cognitoEndpoint ?? `Amazon Cognito in ${profile.region}`, profile) : error;
  }
  if (error.name === 'ResourceNotFoundException') {
    return new CommandFailure(
      exitCodes.notSignedIn,
      `The profile "${profile.name}" names a user pool client that does not exist.`,
      [`Write the profile again: tenantry configure --profile ${profile.name} --from-outputs <file>`],
      undefined,
      error,
    );
  }
  const [message, next] = refusals[error.name] ?? [`Cognito refused: ${error.message}`, 'Sign in again.'];
  return new CommandFailure(exitCodes.notSignedIn, message, [next], undefined, error);
}
