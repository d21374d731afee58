import * as cognito from '@aws-sdk/client-cognito-identity-provider';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as events from '@aws-sdk/client-eventbridge';
import * as kms from '@aws-sdk/client-kms';
import * as lambda from '@aws-sdk/client-lambda';
import * as s3 from '@aws-sdk/client-s3';
import type { Credentials } from '../../local/stack-record.ts';
import { type MeteredRequest, textOf } from '../measure/meter.ts';

/** A call of the SDK, as recorded: the service, the command's name and its input as JSON, in which bytes are base64. */
export interface SdkCall {
  readonly service: string;
  readonly command: string;
  readonly input: string;
  /** The access key of the session that made it, and the role of that session. */
  readonly accessKeyId: string;
  readonly role: string;
  /** The session's name: of a function's role, the function's name. */
  readonly session: string;
  /** What was answered, and whether with an error. */
  readonly response: string;
  readonly failed: boolean;
}

const first = (value: readonly string[] | string | undefined) => (typeof value === 'string' ? value : value?.[0]);

/** @returns the call that a recorded request came from; undefined for services whose calls the replay leaves out */
export function sdkCallOf(recorded: MeteredRequest): SdkCall | undefined {
  const { service, action, method, path, query, accessKeyId, caller, status } = recorded;
  const [, role = '', session = ''] = caller.split('/');
  const call = (command: string, input: object): SdkCall => ({
    service,
    command,
    input: JSON.stringify(input),
    accessKeyId,
    role,
    session,
    response: textOf(recorded.response),
    failed: status >= 400,
  });
  if (['dynamodb', 'kms', 'cognito-idp', 'events'].includes(service)) return call(action, JSON.parse(textOf(recorded.request)));
  const parts = path.split('/').filter(Boolean);
  if (service === 'lambda' && path.endsWith('/invocations')) {
    const FunctionName = decodeURIComponent(parts[2] ?? '');
    return call('Invoke', { FunctionName, Payload: Buffer.from(textOf(recorded.request)).toString('base64') });
  }
  if (service === 's3') {
    const [Bucket, ...key] = parts.map(decodeURIComponent);
    const Key = key.join('/');
    if (key.length === 0) return call('ListObjectsV2', { Bucket, ...(first(query['prefix']) ? { Prefix: first(query['prefix']) } : {}) });
    if (method === 'PUT') return call('PutObject', { Bucket, Key, Body: 'a representative object' });
    return call(method === 'DELETE' ? 'DeleteObject' : 'GetObject', { Bucket, Key });
  }
  return undefined;
}

const packages: Record<string, { client: string; commands: Record<string, unknown> }> = {
  'cognito-idp': { client: 'CognitoIdentityProviderClient', commands: cognito },
  dynamodb: { client: 'DynamoDBClient', commands: dynamodb },
  events: { client: 'EventBridgeClient', commands: events },
  kms: { client: 'KMSClient', commands: kms },
  lambda: { client: 'LambdaClient', commands: lambda },
  s3: { client: 'S3Client', commands: s3 },
};

type Client = { send(command: object): Promise<unknown>; destroy(): void };

/** A client of a service that acts as a session, and tries once, as the replay must make each call exactly as often as it was made. */
export function clientOf(service: string, config: { endpoint: string; region: string }, credentials: Credentials): Client {
  const { client, commands } = packages[service] ?? {};
  const Class = commands?.[client ?? ''] as new (options: object) => Client;
  return new Class({ ...config, credentials: { ...credentials }, maxAttempts: 1, ...(service === 's3' ? { forcePathStyle: true } : {}) });
}

export function commandOf({ service, command }: SdkCall, input: string): object {
  const Class = packages[service]?.commands[`${command}Command`] as new (input: object) => object;
  return new Class(JSON.parse(input, (name, value) => revived(service, name, value)));
}

/** The fields that are bytes or times in the SDK and text in JSON. */
function revived(service: string, name: string, value: unknown): unknown {
  const bytes = (service === 'dynamodb' && name === 'B') || (service === 'lambda' && name === 'Payload');
  const kmsBytes = service === 'kms' && ['CiphertextBlob', 'Message', 'Plaintext'].includes(name);
  if (typeof value === 'string' && (bytes || kmsBytes)) return Buffer.from(value, 'base64');
  if (service === 'events' && name === 'Time' && typeof value === 'number') return new Date(value * 1000);
  return value;
}
