import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * A call of a service: its target and its input. The target of one that speaks JSON is such as "DynamoDB_20120810.GetItem", and of one that speaks AWS's query
 * protocol its API's version and the action, such as "2010-05-15.DescribeStacks".
 */
export interface ServiceCall {
  readonly target: string;
  readonly input: object;
}
/** `receivedAt` and `answeredAt` are by performance.now(). */
export type AnsweredCall = ServiceCall & { readonly receivedAt: number; readonly answeredAt: number };

function callOf({ headers, method, url }: IncomingMessage, body: string): ServiceCall {
  const type = String(headers['content-type']);
  if (type.startsWith('application/x-amz-json')) return { target: String(headers['x-amz-target']), input: JSON.parse(body) as object };
  if (!type.startsWith('application/x-www-form-urlencoded')) return { target: `${method} ${url}`, input: {} };
  const { Action, Version, ...input } = Object.fromEntries(new URLSearchParams(body));
  return { target: `${Version}.${Action}`, input };
}

/** Long enough for a process to send everything that it sends before it has an answer. */
const holdMilliseconds = 1_000;

/** An AWS that refuses every call at once, so that a first call is made and answered, and nothing is waited for. */
export async function refusingService() {
  let calls: AnsweredCall[] = [];
  let holds = false;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const receivedAt = performance.now();
    if (holds) await delay(holdMilliseconds);
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end('{"__type":"AccessDeniedException"}');
    const answeredAt = performance.now();
    calls.push({ ...callOf(request, Buffer.concat(chunks).toString()), receivedAt, answeredAt });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    /** @returns the calls since the last time that they were taken */
    takeCalls(): AnsweredCall[] {
      const taken = calls;
      calls = [];
      return taken;
    },
    /** From now on, answers come late or at once. What is received before the first late answer was sent without waiting for any. */
    hold(late: boolean): void {
      holds = late;
    },
    close: () => server.close(),
  };
}
export type RefusingService = Awaited<ReturnType<typeof refusingService>>;
