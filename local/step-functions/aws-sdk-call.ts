import type { AwsClients } from './aws-clients.ts';
import type { AwsSession } from './hand-over.ts';
import type { Json } from './json.ts';
import { StatesError } from './states-error.ts';

/** Packages whose names are not `client-<service>`: the ARN writes a service without hyphens. */
const packageNames: Readonly<Record<string, string>> = {
  cloudwatchlogs: 'cloudwatch-logs',
  cognitoidentityprovider: 'cognito-identity-provider',
  events: 'eventbridge',
  secretsmanager: 'secrets-manager',
  states: 'sfn',
};

/** Prefixes of error names that are not the service's SDK id in capitalised words. https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html */
const errorPrefixes: Readonly<Record<string, string>> = { SESv2: 'SesV2', DynamoDB: 'DynamoDb' };

type SendCommand = { send(command: object, options: { abortSignal: AbortSignal }): Promise<Record<string, unknown>> };
type SdkModule = Record<string, unknown>;

export interface SdkCall {
  /** As the Resource ARN writes it: `dynamodb`, `sqs`. */
  readonly service: string;
  /** In camel case: `getItem`. */
  readonly action: string;
  readonly input: object;
  readonly session: AwsSession;
  readonly signal: AbortSignal;
  /** What error names begin with; the SDK integrations' prefix where none is given. */
  readonly errorPrefix?: string;
}

/**
 * Calls any action of a service whose AWS SDK client is installed, and answers what the service answered.
 * Throws a `StatesError` named as Step Functions names it, such as `DynamoDb.ConditionalCheckFailedException`.
 */
export async function callAwsSdk(
  clients: AwsClients,
  { service, action, input, session, signal, errorPrefix }: SdkCall,
): Promise<Record<string, unknown>> {
  const module = await importClient(service);
  const clientName = Object.keys(module).find((name) => name.endsWith('Client') && !name.startsWith('_')) ?? '';
  const Client = module[clientName] as new (settings: object) => SendCommand;
  const Command = module[`${capitalised(action)}Command`] as (new (input: object) => object) | undefined;
  if (!Command) throw new StatesError('States.Runtime', `The AWS SDK client of ${service} has no action ${action}.`);
  try {
    const { $metadata: _, ...answer } = await clients.get(Client, session).send(new Command(input), { abortSignal: signal });
    return answer;
  } catch (error) {
    throw namedError(error, module, errorPrefix ?? sdkPrefix(clientName.slice(0, -'Client'.length)));
  }
}

async function importClient(service: string): Promise<SdkModule> {
  const name = `@aws-sdk/client-${packageNames[service] ?? service}`;
  try {
    return await import(name);
  } catch (error) {
    throw new StatesError(
      'States.Runtime',
      `The task needs the package ${name}, which is not installed: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/**
 * An error that the service documents keeps its name; any other is known by the service alone. What never reached the service is the client's.
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
function namedError(error: unknown, module: SdkModule, prefix: string): StatesError {
  if (!(error instanceof Error)) return new StatesError(`${prefix}.SdkClientException`, String(error));
  const answered = '$metadata' in error && (error.$metadata as { httpStatusCode?: number }).httpStatusCode !== undefined;
  if (!answered) return new StatesError(`${prefix}.SdkClientException`, error.message);
  const name = error.name in module ? withException(error.name) : `${prefix === 'Lambda' ? 'AWSLambda' : prefix}Exception`;
  return new StatesError(`${prefix}.${name}`, `${error.message} (Service: ${prefix}, Error Code: ${error.name})`);
}

function withException(name: string): string {
  return name.endsWith('Exception') ? name : `${name}Exception`;
}

/** The SDK for Java writes an abbreviation as a word: SQS is `Sqs`. */
function sdkPrefix(id: string): string {
  return errorPrefixes[id] ?? id.replace(/^[A-Z]+$/, (word) => word.charAt(0) + word.slice(1).toLowerCase());
}

/** The first letter in upper case. */
function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** An answer as Step Functions hands it on: dates as ISO 8601 text, bytes as text in base64, absent fields left out. */
export function toJson(answer: unknown): Json {
  if (answer instanceof Uint8Array) return Buffer.from(answer).toString('base64');
  if (Array.isArray(answer)) return answer.map(toJson);
  if (answer instanceof Date) return answer.toISOString();
  if (typeof answer === 'object' && answer !== null) {
    return Object.fromEntries(Object.entries(answer).flatMap(([key, value]) => (value === undefined ? [] : [[key, toJson(value)]])));
  }
  return answer as Json;
}
