import {
  AssociateSoftwareTokenCommand,
  AuthFlowType,
  ChallengeNameType,
  type CognitoIdentityProviderClient,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  type RespondToAuthChallengeCommandOutput,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { createSrpSession, signSrpSession, wrapAuthChallenge, wrapInitiateAuth } from 'cognito-srp-helper';
import { CommandFailure, exitCodes } from '../failure.ts';
import type { Profile } from '../profiles.ts';
import { type Tokens, tokensOf, withStaffPool } from './staff-pool.ts';

/** What the person who signs in knows and has. `refused` says why the answer before was not taken. */
export interface Answers {
  username(): Promise<string>;
  password(): Promise<string>;
  newPassword(refused: string | undefined): Promise<string>;
  code(refused: string | undefined): Promise<string>;
  /** Shows what an authenticator is set up with; `secret` is base32. */
  showAuthenticator(secret: string, username: string): void;
}

type Challenge = Pick<RespondToAuthChallengeCommandOutput, 'ChallengeName' | 'ChallengeParameters' | 'Session' | 'AuthenticationResult'>;
type Attempt = { cognito: CognitoIdentityProviderClient; clientId: string; username: string; answers: Answers };

/** Password, new password, authenticator, code, and one to spare: Cognito asks for nothing else here. */
const mostChallenges = 5;
const mostTries = 3;

/** Signs in to the staff pool: the password is proven and never sent (SRP), then a code of an authenticator; at first sign-in both are set. */
export async function signIn(profile: Profile, answers: Answers): Promise<Tokens & { username: string }> {
  return withStaffPool(profile, async (cognito) => {
    const username = await answers.username();
    const attempt: Attempt = { cognito, clientId: profile.staffUserPoolClientId, username, answers };
    let challenge = await provePassword(attempt, profile.staffUserPoolId);
    for (let answered = 0; !challenge.AuthenticationResult && answered < mostChallenges; answered += 1) {
      challenge = await answer(attempt, challenge);
    }
    return { ...tokensOf(challenge.AuthenticationResult), username };
  });
}

async function provePassword(attempt: Attempt, userPoolId: string): Promise<Challenge> {
  const { cognito, clientId, username, answers } = attempt;
  const session = createSrpSession(username, await answers.password(), userPoolId, false);
  const { ChallengeParameters = {}, Session } = await cognito.send(
    new InitiateAuthCommand(
      wrapInitiateAuth(session, { ClientId: clientId, AuthFlow: AuthFlowType.USER_SRP_AUTH, AuthParameters: { USERNAME: username } }),
    ),
  );
  return cognito.send(
    new RespondToAuthChallengeCommand(
      wrapAuthChallenge(signSrpSession(session, { ChallengeParameters }), {
        ClientId: clientId,
        ChallengeName: ChallengeNameType.PASSWORD_VERIFIER,
        // The proof is made for the name under which the pool knows the user.
        ChallengeResponses: { USERNAME: ChallengeParameters['USER_ID_FOR_SRP'] ?? username },
        Session,
      }),
    ),
  );
}

async function answer(attempt: Attempt, challenge: Challenge): Promise<Challenge> {
  switch (challenge.ChallengeName) {
    case 'NEW_PASSWORD_REQUIRED':
      return tried('InvalidPasswordException', async (refused) =>
        respond(attempt, challenge, { NEW_PASSWORD: await attempt.answers.newPassword(refused) }),
      );
    case 'MFA_SETUP':
      return enrolAuthenticator(attempt, challenge);
    case 'SOFTWARE_TOKEN_MFA':
      return tried('CodeMismatchException ExpiredCodeException', async (refused) =>
        respond(attempt, challenge, { SOFTWARE_TOKEN_MFA_CODE: await attempt.answers.code(refused) }),
      );
    default:
      throw new CommandFailure(exitCodes.notSignedIn, `Cognito asks for ${challenge.ChallengeName}, which this command does not know.`, [
        'The staff pool is meant to ask for a password and a code alone; check how it is configured.',
      ]);
  }
}

function respond({ cognito, clientId, username }: Attempt, challenge: Challenge, responses: Record<string, string>): Promise<Challenge> {
  return cognito.send(
    new RespondToAuthChallengeCommand({
      ClientId: clientId,
      ChallengeName: challenge.ChallengeName,
      ChallengeResponses: { USERNAME: challenge.ChallengeParameters?.['USER_ID_FOR_SRP'] ?? username, ...responses },
      Session: challenge.Session,
    }),
  );
}

/** The steps of https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa-totp.html, each with the session of the one before. */
async function enrolAuthenticator(attempt: Attempt, challenge: Challenge): Promise<Challenge> {
  const { cognito, answers, username } = attempt;
  const associated = await cognito.send(new AssociateSoftwareTokenCommand({ Session: challenge.Session }));
  if (!associated.SecretCode) throw new Error('Cognito answered without an authenticator secret.');
  answers.showAuthenticator(associated.SecretCode, username);
  const verified = await tried('EnableSoftwareTokenMFAException CodeMismatchException', async (refused) =>
    cognito.send(new VerifySoftwareTokenCommand({ Session: associated.Session, UserCode: await answers.code(refused) })),
  );
  return respond(attempt, { ...challenge, Session: verified.Session }, {});
}

/** Asks again when what a person typed was refused with one of these errors. */
async function tried<Answer>(refusals: string, attempt: (refused: string | undefined) => Promise<Answer>): Promise<Answer> {
  let refused: string | undefined;
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt(refused);
    } catch (error) {
      if (!(error instanceof Error) || !refusals.split(' ').includes(error.name) || attempts === mostTries) throw error;
      refused = error.message;
    }
  }
}
