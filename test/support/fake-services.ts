import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import {
  NotAuthorizedException,
  UnsupportedUserStateException,
  UserNotFoundException,
  UsernameExistsException,
} from '@aws-sdk/client-cognito-identity-provider';
import { InvalidCiphertextException } from '@aws-sdk/client-kms';
import { ExecutionAlreadyExists, ExecutionDoesNotExist, ExecutionNotRedrivable } from '@aws-sdk/client-sfn';

/* What the handlers use of Cognito, KMS and Step Functions, in memory, with the errors that AWS gives. */

interface User {
  readonly attributes: Record<string, string>;
  status: 'FORCE_CHANGE_PASSWORD' | 'CONFIRMED';
  password?: string;
}
interface UserInput {
  readonly Username: string;
  readonly Password?: string;
  readonly Permanent?: boolean;
  readonly MessageAction?: string;
  readonly UserAttributes?: readonly { readonly Name: string; readonly Value: string }[];
}

export class FakeUserPool {
  readonly users = new Map<string, User>();
  /** The usernames that an invitation was mailed to, in order. */
  readonly invitations: string[] = [];

  #user(username: string): User {
    const user = this.users.get(username);
    if (!user) throw new UserNotFoundException({ message: 'User does not exist.', $metadata: {} });
    return user;
  }

  create({ Username, MessageAction, UserAttributes = [] }: UserInput) {
    if (MessageAction === 'RESEND') {
      const { status } = this.#user(Username);
      if (status !== 'FORCE_CHANGE_PASSWORD')
        throw new UnsupportedUserStateException({ message: 'User state does not support RESEND.', $metadata: {} });
      this.invitations.push(Username);
      return {};
    }
    if (this.users.has(Username)) throw new UsernameExistsException({ message: 'User account already exists', $metadata: {} });
    this.users.set(Username, {
      attributes: Object.fromEntries(UserAttributes.map(({ Name, Value }) => [Name, Value])),
      status: 'FORCE_CHANGE_PASSWORD',
    });
    if (MessageAction !== 'SUPPRESS') this.invitations.push(Username);
    return {};
  }

  read({ Username }: UserInput) {
    const { attributes, status } = this.#user(Username);
    return { Username, UserStatus: status, UserAttributes: Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })) };
  }

  delete({ Username }: UserInput) {
    this.#user(Username);
    this.users.delete(Username);
    return {};
  }

  setPassword({ Username, Password, Permanent }: UserInput) {
    const user = this.#user(Username);
    user.status = Permanent ? 'CONFIRMED' : 'FORCE_CHANGE_PASSWORD';
    user.password = Password as string;
    return {};
  }

  signIn({ AuthParameters }: { readonly AuthParameters: Record<string, string> }) {
    const user = this.#user(AuthParameters['USERNAME'] as string);
    if (user.password !== AuthParameters['PASSWORD'])
      throw new NotAuthorizedException({ message: 'Incorrect username or password.', $metadata: {} });
    return user.status === 'FORCE_CHANGE_PASSWORD' ? { ChallengeName: 'NEW_PASSWORD_REQUIRED' } : { AuthenticationResult: {} };
  }
}

/** Wraps data keys under their encryption context, and makes MACs by a key of its own for each key id. */
export class FakeKms {
  readonly #wrappingKey = randomBytes(32);
  readonly #macKeys = new Map<string, Uint8Array>();

  mac({ KeyId, Message }: { readonly KeyId: string; readonly Message: Uint8Array }) {
    if (!this.#macKeys.has(KeyId)) this.#macKeys.set(KeyId, randomBytes(32));
    return {
      Mac: Uint8Array.from(
        createHmac('sha256', this.#macKeys.get(KeyId) as Uint8Array)
          .update(Message)
          .digest(),
      ),
    };
  }

  dataKey({ EncryptionContext }: { readonly EncryptionContext: object }) {
    const key = randomBytes(32);
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#wrappingKey, nonce).setAAD(Buffer.from(JSON.stringify(EncryptionContext)));
    const wrapped = Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
    return { Plaintext: Uint8Array.from(key), CiphertextBlob: Uint8Array.from(wrapped) };
  }

  decrypt({ CiphertextBlob, EncryptionContext }: { readonly CiphertextBlob: Uint8Array; readonly EncryptionContext: object }) {
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#wrappingKey, CiphertextBlob.subarray(0, 12))
        .setAAD(Buffer.from(JSON.stringify(EncryptionContext)))
        .setAuthTag(CiphertextBlob.subarray(-16));
      return { Plaintext: Uint8Array.from(Buffer.concat([decipher.update(CiphertextBlob.subarray(12, -16)), decipher.final()])) };
    } catch {
      throw new InvalidCiphertextException({ message: 'The ciphertext or its context is not valid.', $metadata: {} });
    }
  }
}

interface Execution {
  readonly name: string;
  readonly input: string;
  status: 'RUNNING' | 'FAILED' | 'SUCCEEDED' | 'TIMED_OUT' | 'ABORTED';
  /** The name of the error with which it failed. */
  error?: string;
  /** Why Step Functions redrives it no more, though it has failed. */
  redrivableNoMore?: string;
  stopDate?: Date;
  readonly definition: string;
  redriveCount: number;
  readonly redriveTokens: Set<string>;
}

export class FakeStateMachine {
  readonly executions = new Map<string, Execution>();
  readonly #machineArns: readonly string[];
  /** What executions that start from now on go by. */
  definition = '{"StartAt":"PlanTenant"}';

  constructor(machineArns: readonly string[]) {
    this.#machineArns = machineArns;
  }

  start({ stateMachineArn, name, input }: { readonly stateMachineArn: string; readonly name: string; readonly input: string }) {
    if (!this.#machineArns.includes(stateMachineArn)) throw new Error(`There is no state machine ${stateMachineArn}.`);
    const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
    const earlier = this.executions.get(executionArn);
    if (earlier && (earlier.status !== 'RUNNING' || earlier.input !== input))
      throw new ExecutionAlreadyExists({ message: `Execution Already Exists: '${executionArn}'`, $metadata: {} });
    if (!earlier)
      this.executions.set(executionArn, {
        name,
        input,
        definition: this.definition,
        status: 'RUNNING',
        redriveCount: 0,
        redriveTokens: new Set(),
      });
    return { executionArn };
  }

  #execution(executionArn: string): Execution {
    const execution = this.executions.get(executionArn);
    if (!execution) throw new ExecutionDoesNotExist({ message: `Execution Does Not Exist: '${executionArn}'`, $metadata: {} });
    return execution;
  }

  describe({ executionArn }: { readonly executionArn: string }) {
    const { status, error, input, redriveCount, redrivableNoMore, stopDate } = this.#execution(executionArn);
    const redriveStatus = status === 'FAILED' && !redrivableNoMore ? 'REDRIVABLE' : 'NOT_REDRIVABLE';
    const redriveStatusReason = redrivableNoMore ?? `Execution is ${status} and cannot be redriven`;
    return { executionArn, status, error, input, redriveCount, redriveStatus, redriveStatusReason, stopDate };
  }

  stop({ executionArn }: { readonly executionArn: string }) {
    const execution = this.#execution(executionArn);
    if (execution.status === 'RUNNING') execution.status = 'ABORTED';
    return {};
  }

  describeMachine() {
    return { definition: this.definition };
  }

  describeMachineOf({ executionArn }: { readonly executionArn: string }) {
    return { definition: this.#execution(executionArn).definition };
  }

  redrive({ executionArn, clientToken }: { readonly executionArn: string; readonly clientToken: string }) {
    if (!/^[!-~]{1,64}$/.test(clientToken)) throw new Error('A client token has 1 to 64 printable characters.');
    const execution = this.#execution(executionArn);
    if (execution.redriveTokens.has(clientToken)) return {};
    if (execution.status !== 'FAILED')
      throw new ExecutionNotRedrivable({ message: `Execution is ${execution.status} and cannot be redriven`, $metadata: {} });
    execution.redriveTokens.add(clientToken);
    execution.redriveCount += 1;
    execution.status = 'RUNNING';
    return {};
  }
}
