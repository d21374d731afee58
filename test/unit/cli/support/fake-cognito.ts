import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { Secret, TOTP } from 'otpauth';
import { beginExchange, type SrpExchange } from './srp-server.ts';

export const userPoolId = 'eu-central-1_Staff1234';
export const userPoolClientId = 'staffclient123';

/** A user of the staff pool as Cognito knows it. `sub` is the name under which the password is proven. */
export interface StaffUser {
  readonly username: string;
  password: string;
  temporaryPassword: boolean;
  totpSecret: string | undefined;
}

type Session = { step: string; user: StaffUser; exchange?: SrpExchange; secret?: string };
type Input = Record<string, unknown> & {
  Session?: string;
  ChallengeResponses?: Record<string, string>;
  AuthParameters?: Record<string, string>;
};

class Refused extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** A staff pool that verifies what it is told: the proof of the password, each session once, each code once. */
export class FakeCognito {
  readonly users: StaffUser[] = [];
  /** The ID tokens that it has issued, the newest last. */
  readonly idTokens: string[] = [];
  /** The refresh tokens that are good. */
  readonly refreshTokens = new Map<string, StaffUser>();
  /** How long the next tokens last. */
  tokenSeconds = 900;
  url = '';
  readonly #sessions = new Map<string, Session>();
  readonly #usedCodes = new Set<string>();
  readonly #server = createServer();

  async start(): Promise<void> {
    this.#server.on('request', async (request, response) => {
      const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      try {
        const answer = this.#serve(operation, (await json(request)) as Input);
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
      } catch (error) {
        const { name, message } = error as Error;
        response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify({ __type: name, message }));
      }
    });
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #serve(operation: string, input: Input): object {
    if (input['ClientId'] !== undefined && input['ClientId'] !== userPoolClientId) {
      throw new Refused('ResourceNotFoundException', `User pool client ${input['ClientId']} does not exist.`);
    }
    switch (`${operation} ${input['AuthFlow'] ?? input['ChallengeName'] ?? ''}`.trim()) {
      case 'InitiateAuth USER_SRP_AUTH':
        return this.#begin(input.AuthParameters ?? {});
      case 'RespondToAuthChallenge PASSWORD_VERIFIER':
        return this.#verifyPassword(input);
      case 'RespondToAuthChallenge NEW_PASSWORD_REQUIRED':
        return this.#setPassword(input);
      case 'AssociateSoftwareToken':
        return this.#associate(input);
      case 'VerifySoftwareToken':
        return this.#verifyAuthenticator(input);
      case 'RespondToAuthChallenge MFA_SETUP':
        return this.#issue(this.#take(input, 'authenticator verified').user);
      case 'RespondToAuthChallenge SOFTWARE_TOKEN_MFA':
        return this.#verifyCode(input);
      case 'InitiateAuth REFRESH_TOKEN_AUTH':
        return this.#refresh(input.AuthParameters ?? {});
      case 'RevokeToken':
        this.refreshTokens.delete(String(input['Token']));
        return {};
      default:
        throw new Refused('InvalidParameterException', `${operation} is not what the staff client may ask.`);
    }
  }

  #begin({ USERNAME = '', SRP_A = '' }: Record<string, string>): object {
    const user = this.users.find(({ username }) => username === USERNAME.toLowerCase());
    if (!user) throw new Refused('NotAuthorizedException', 'Incorrect username or password.');
    const exchange = beginExchange(userPoolId, user.username, user.password, SRP_A);
    const { salt: SALT, publicKey: SRP_B, secretBlock: SECRET_BLOCK } = exchange;
    const ChallengeParameters = { SALT, SRP_B, SECRET_BLOCK, USERNAME: user.username, USER_ID_FOR_SRP: user.username };
    return { ChallengeName: 'PASSWORD_VERIFIER', ChallengeParameters, Session: this.#keep({ step: 'password', user, exchange }) };
  }

  #verifyPassword(input: Input): object {
    const { user, exchange } = this.#take(input, 'password');
    const { TIMESTAMP = '', PASSWORD_CLAIM_SIGNATURE = '' } = input.ChallengeResponses ?? {};
    if (!exchange?.verifies(TIMESTAMP, PASSWORD_CLAIM_SIGNATURE)) {
      throw new Refused('NotAuthorizedException', 'Incorrect username or password.');
    }
    return this.#next(user);
  }

  #setPassword(input: Input): object {
    const { user } = this.#take(input, 'new password', true);
    const { NEW_PASSWORD = '' } = input.ChallengeResponses ?? {};
    if (NEW_PASSWORD.length < 16) {
      throw new Refused('InvalidPasswordException', 'Password does not conform to policy: Password not long enough');
    }
    user.password = NEW_PASSWORD;
    user.temporaryPassword = false;
    return this.#next(user);
  }

  #associate(input: Input): object {
    const { user } = this.#take(input, 'authenticator');
    const secret = new Secret({ size: 32 }).base32;
    return { SecretCode: secret, Session: this.#keep({ step: 'first code', user, secret }) };
  }

  #verifyAuthenticator(input: Input): object {
    const { user, secret = '' } = this.#take(input, 'first code', true);
    if (!this.#isGood(secret, String(input['UserCode']))) throw new Refused('EnableSoftwareTokenMFAException', 'Code mismatch');
    user.totpSecret = secret;
    return { Status: 'SUCCESS', Session: this.#keep({ step: 'authenticator verified', user }) };
  }

  #verifyCode(input: Input): object {
    const { user } = this.#take(input, 'code', true);
    const { SOFTWARE_TOKEN_MFA_CODE = '' } = input.ChallengeResponses ?? {};
    if (!this.#isGood(user.totpSecret ?? '', SOFTWARE_TOKEN_MFA_CODE)) {
      throw new Refused('CodeMismatchException', 'Invalid code received for user');
    }
    return this.#issue(user);
  }

  #refresh({ REFRESH_TOKEN = '' }: Record<string, string>): object {
    const user = this.refreshTokens.get(REFRESH_TOKEN);
    if (!user) throw new Refused('NotAuthorizedException', 'Refresh Token has been revoked');
    return this.#tokens();
  }

  #next(user: StaffUser): object {
    const ChallengeParameters = { USER_ID_FOR_SRP: user.username };
    const [ChallengeName, step] = user.temporaryPassword
      ? ['NEW_PASSWORD_REQUIRED', 'new password']
      : user.totpSecret
        ? ['SOFTWARE_TOKEN_MFA', 'code']
        : ['MFA_SETUP', 'authenticator'];
    return { ChallengeName, ChallengeParameters, Session: this.#keep({ step: step ?? '', user }) };
  }

  #issue(user: StaffUser): object {
    const RefreshToken = `refresh-${randomUUID()}`;
    this.refreshTokens.set(RefreshToken, user);
    return this.#tokens({ RefreshToken });
  }

  #tokens(more: { RefreshToken?: string } = {}): object {
    const IdToken = `id-${randomUUID()}`;
    this.idTokens.push(IdToken);
    return { AuthenticationResult: { IdToken, AccessToken: 'access', ExpiresIn: this.tokenSeconds, TokenType: 'Bearer', ...more } };
  }

  #isGood(secret: string, code: string): boolean {
    if (this.#usedCodes.has(code) || new TOTP({ secret }).validate({ token: code, window: 1 }) === null) return false;
    this.#usedCodes.add(code);
    return true;
  }

  #keep(session: Session): string {
    const id = randomUUID();
    this.#sessions.set(id, session);
    return id;
  }

  /** A session answers one challenge of its own step; `again` leaves it for another try after a refusal. */
  #take({ Session = '' }: Input, step: string, again = false): Session {
    const session = this.#sessions.get(Session);
    if (session?.step !== step) throw new Refused('NotAuthorizedException', 'Invalid session for the user.');
    if (!again) this.#sessions.delete(Session);
    return session;
  }
}
