import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { startStepFunctionsService } from '../../../../../local/step-functions/service.ts';

export interface AwsRequest {
  /** `Invoke`, or the action of the header `x-amz-target`. */
  readonly action: string;
  /** The function's name, for `Invoke`. */
  readonly functionName: string;
  readonly body: Record<string, unknown>;
  /** The access key that signed it. */
  readonly accessKeyId: string;
  /** Aborts when the caller closes the connection before it is answered. */
  readonly signal: AbortSignal;
}

/** An answer: 200 and the body where no status is given; a function's error in `functionError`. */
export interface AwsAnswer {
  readonly status?: number;
  readonly body?: unknown;
  readonly errorType?: string;
  readonly functionError?: boolean;
  /** Cuts the connection instead of an answer. */
  readonly reset?: boolean;
}

export type Responder = (request: AwsRequest) => AwsAnswer | Promise<AwsAnswer>;

const secret = 'between-the-two-of-us';
const account = '000000000000';
const region = 'eu-central-1';

/**
 * What the engine's service stands beside: it hands the calls of the Step Functions API over, as an emulated AWS does, and answers those that tasks make.
 * Nothing is authorised here.
 */
export class EmulatedAws {
  readonly requests: AwsRequest[] = [];
  /** Details of the status events, in their order. */
  readonly statusEvents: Record<string, unknown>[] = [];
  readonly #responders = new Map<string, Responder>();
  readonly #machines = new Map<string, Record<string, unknown>>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  #service: { url: string; close(): Promise<void> } | undefined;
  #sessions = 0;

  static async start(): Promise<EmulatedAws> {
    const aws = new EmulatedAws();
    await new Promise<void>((resolve) => aws.#server.listen(0, '127.0.0.1', resolve));
    aws.#service = await startStepFunctionsService({ secret });
    aws.on('PutEvents', ({ body }) => {
      const entries = body['Entries'] as { Source: string; Detail: string }[];
      for (const entry of entries) if (entry.Source === 'aws.states') aws.statusEvents.push(JSON.parse(entry.Detail));
      return { body: { FailedEntryCount: 0, Entries: entries.map((_, index) => ({ EventId: String(index) })) } };
    });
    return aws;
  }

  async close(): Promise<void> {
    await this.#service?.close();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A client as any user of the API has one. */
  client(): SFNClient {
    return new SFNClient({
      endpoint: this.endpoint,
      region,
      credentials: { accessKeyId: 'user', secretAccessKey: 'user' },
      maxAttempts: 1,
    });
  }

  /** How an action, or a function by its name, answers from now on. */
  on(actionOrFunction: string, responder: Responder): void {
    this.#responders.set(actionOrFunction, responder);
  }

  /** Makes or updates a state machine and answers its ARN. */
  machine(name: string, definition: object, extra: Record<string, unknown> = {}): string {
    const stateMachineArn = `arn:aws:states:${region}:${account}:stateMachine:${name}`;
    const record = {
      stateMachineArn,
      name,
      definition: JSON.stringify(definition),
      roleArn: `arn:aws:iam::${account}:role/${name}`,
      type: 'STANDARD',
      creationDate: 1_700_000_000,
    };
    this.#machines.set(stateMachineArn, { ...record, ...extra });
    return stateMachineArn;
  }

  /** Publishes what the state machine is now as a version. */
  publish(stateMachineArn: string): string {
    const versionArn = `${stateMachineArn}:1`;
    this.#machines.set(versionArn, { ...this.#machines.get(stateMachineArn), stateMachineVersionArn: versionArn });
    return versionArn;
  }

  delete(stateMachineArn: string): void {
    this.#machines.delete(stateMachineArn);
  }

  /** Hands a call over as it is. */
  async handOver(
    body: unknown,
    headers: Record<string, string> = { 'x-engine-secret': secret },
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(this.#service?.url ?? '', { method: 'POST', headers, body: text });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  /** What is handed over for an action. */
  handOverOf(action: string, data: Record<string, unknown>): Record<string, unknown> {
    const stateMachine = this.#machineOf(data);
    const session = ++this.#sessions;
    const credentials = (name: string) => ({
      accessKeyId: `${name}-${session}`,
      secretAccessKey: 'secret',
      sessionToken: `token-${session}`,
    });
    const roleCredentials = stateMachine ? credentials(`role-${stateMachine['name']}`) : null;
    return {
      action,
      data,
      caller: `arn:aws:iam::${account}:user/user`,
      account,
      region,
      stateMachine,
      roleCredentials,
      engineCredentials: credentials('engine'),
      endpoint: this.endpoint,
    };
  }

  #machineOf(data: Record<string, unknown>): Record<string, unknown> | null {
    const executionArn = String(data['executionArn'] ?? '');
    const ofExecution = executionArn.replace(':execution:', ':stateMachine:').split(':').slice(0, -1).join(':');
    return this.#machines.get(String(data['stateMachineArn'] ?? ofExecution)) ?? null;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString() || '{}');
    const [service = '', target = ''] = String(request.headers['x-amz-target'] ?? '').split('.');
    if (service === 'AWSStepFunctions') {
      const answer = await this.handOver(this.handOverOf(target, body));
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer.body));
      return;
    }
    const [, functionName = ''] = /\/functions\/([^/]+)\/invocations/.exec(request.url ?? '') ?? [];
    const accessKeyId = /Credential=([^/]+)/.exec(String(request.headers.authorization))?.[1] ?? '';
    const gone = new AbortController();
    response.on('close', () => {
      if (!response.writableFinished) gone.abort();
    });
    const received = { action: target || 'Invoke', functionName, body, accessKeyId, signal: gone.signal };
    this.requests.push(received);
    const responder = this.#responders.get(functionName || target);
    const answer: AwsAnswer = responder
      ? await responder(received)
      : { status: 404, errorType: 'ResourceNotFoundException', body: { message: 'none' } };
    if (answer.reset) {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status ?? 200, {
      'content-type': 'application/x-amz-json-1.0',
      ...(answer.errorType ? { 'x-amzn-errortype': answer.errorType } : {}),
      ...(answer.functionError ? { 'x-amz-function-error': 'Unhandled' } : {}),
      ...(functionName ? { 'x-amz-executed-version': '$LATEST' } : {}),
    });
    response.end(
      JSON.stringify(answer.errorType && !functionName ? { __type: answer.errorType, ...(answer.body as object) } : (answer.body ?? null)),
    );
  }
}

/** The execution as described once it has ended. */
export async function ended(client: SFNClient, executionArn: string): Promise<DescribeExecutionCommandOutput> {
  for (;;) {
    const description = await client.send(new DescribeExecutionCommand({ executionArn }));
    if (description.status !== 'RUNNING') return description;
    await pause();
  }
}

/** What SQS answers; the SDK compares the digest with what it sent. */
export function messageTaken({ body }: AwsRequest): AwsAnswer {
  return { body: { MessageId: '42', MD5OfMessageBody: createHash('md5').update(String(body['MessageBody'])).digest('hex') } };
}

export async function started(client: SFNClient, stateMachineArn: string, input: unknown = { v: 0 }, name?: string): Promise<string> {
  const { executionArn = '' } = await client.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
  return executionArn;
}

/** All events, page by page. */
export async function historyOf(client: SFNClient, executionArn: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(new GetExecutionHistoryCommand({ executionArn, nextToken }));
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken);
  return events;
}

/** The name of the error of a call; undefined when it succeeds. */
export async function errorOf(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

/** Resolves once the condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause();
}

/** Between two looks, so that what is waited for has the processor. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2));
}
