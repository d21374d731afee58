import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { actions } from './actions.ts';
import { AwsClients } from './aws-clients.ts';
import { type Clock, systemClock } from './clock.ts';
import { Engine } from './engine.ts';
import { type AwsSession, type HandOver, handOverSchema } from './hand-over.ts';
import { type RandomSource, systemRandom } from './random.ts';
import { ServiceError } from './service-error.ts';
import { StatesError } from './states-error.ts';
import { StatusPublisher } from './status-publisher.ts';
import { awsTaskInvoker } from './task-invoker.ts';

export interface ServiceOptions {
  /** What a caller must send in `x-engine-secret`. */
  readonly secret: string;
  readonly clock?: Clock;
  readonly random?: RandomSource;
}

/** A definition is at most 1 MB, an input 256 KiB, and both may be escaped twice. */
const largestBodyBytes = 8 * 1024 * 1024;

/**
 * Serves the executions of Step Functions to the emulated AWS, on a free port of this machine alone. Each POST is a hand-over (see `hand-over.ts`); the answer is
 * AWS's own, or status 400 with AWS's error in `__type` and `message`. `close` stops all executions' work without a trace in them.
 */
export async function startStepFunctionsService({
  secret,
  clock = systemClock,
  random = systemRandom,
}: ServiceOptions): Promise<{ url: string; close(): Promise<void> }> {
  const clients = new AwsClients();
  const publisher = new StatusPublisher(clients);
  const roles = new Sessions();
  const announcers = new Sessions();
  const engine = new Engine({
    clock,
    random,
    invoke: awsTaskInvoker({ clients, clock, sessionOf: (stateMachineArn) => sessionOfRole(roles, stateMachineArn) }),
    onStatusChange(change) {
      const session = announcers.find(accountOf(change.executionArn));
      if (session) publisher.publish(change, session);
      else console.error(`Step Functions status event of ${change.executionArn} was not delivered: no session was handed over.`);
    },
  });
  const handlers = actions(engine, clock);

  function perform(handOver: HandOver): Record<string, unknown> {
    const handler = Object.hasOwn(handlers, handOver.action) ? handlers[handOver.action] : undefined;
    if (!handler) throw new ServiceError('ValidationException', `The action ${handOver.action} is not served here.`);
    const { endpoint, region, stateMachine, roleCredentials, engineCredentials } = handOver;
    // The newest session serves from now on, also for executions that began under an older one, which may have expired.
    // None means that the role may no longer be assumed.
    if (stateMachine && roleCredentials) roles.set(stateMachine.stateMachineArn, { endpoint, region, credentials: roleCredentials });
    else if (stateMachine) roles.forget(stateMachine.stateMachineArn);
    if (engineCredentials) announcers.set(`${region}:${handOver.account}`, { endpoint, region, credentials: engineCredentials });
    return handler(handOver);
  }

  const server = createServer((request, response) => {
    answer(request, response, secret, perform).catch((error: unknown) => {
      console.error(`Step Functions service: ${error instanceof Error ? error.stack : error}`);
      if (!response.headersSent)
        send(response, 500, { __type: 'InternalServerError', message: 'The Step Functions engine failed; its log says why.' });
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      engine.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await publisher.close();
      clients.close();
    },
  };
}

/** The newest session by owner. A session with the same keys is kept as it is. */
class Sessions {
  readonly #sessions = new Map<string, AwsSession>();

  set(owner: string, session: AwsSession): void {
    const known = this.#sessions.get(owner)?.credentials;
    const { credentials } = session;
    const same = known?.accessKeyId === credentials.accessKeyId && known.sessionToken === credentials.sessionToken;
    if (!same) this.#sessions.set(owner, session);
  }

  forget(owner: string): void {
    this.#sessions.delete(owner);
  }

  find(owner: string): AwsSession | undefined {
    return this.#sessions.get(owner);
  }
}

function sessionOfRole(roles: Sessions, stateMachineArn: string): AwsSession {
  const session = roles.find(stateMachineArn);
  if (!session) throw new StatesError('States.Runtime', `No session of the role was handed over for ${stateMachineArn}.`);
  return session;
}

/** Region and account of an ARN. */
function accountOf(arn: string): string {
  return arn.split(':').slice(3, 5).join(':');
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  secret: string,
  perform: (handOver: HandOver) => Record<string, unknown>,
): Promise<void> {
  const body = await read(request);
  if (!sameSecret(String(request.headers['x-engine-secret'] ?? ''), secret))
    return send(response, 403, { __type: 'AccessDeniedException', message: 'The engine serves its own stack alone.' });
  if (body === undefined) return send(response, 413, { __type: 'ValidationException', message: 'The request is too large.' });
  const handOver = handOverSchema.safeParse(parseJson(body));
  if (!handOver.success) {
    const issue = handOver.error.issues[0];
    return send(response, 400, {
      __type: 'ValidationException',
      message: `The hand-over is malformed at '${issue?.path.join('.')}': ${issue?.message}`,
    });
  }
  try {
    send(response, 200, perform(handOver.data));
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    send(response, 400, { __type: error.name, message: error.message });
  }
}

/** The body, or undefined when it is too large to be one of ours. */
async function read(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length <= largestBodyBytes) chunks.push(chunk);
  }
  return length > largestBodyBytes ? undefined : Buffer.concat(chunks).toString();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The schema refuses it with a message of its own.
    return undefined;
  }
}

/** Compared by digest, so that the time taken says nothing. */
function sameSecret(given: string, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
}
