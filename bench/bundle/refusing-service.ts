import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';

/**
 * A call of a service: its target and its input. The target of one that speaks JSON is such as "DynamoDB_20120810.GetItem", and of one that speaks AWS's query
 * protocol its API's version and the action, such as "2010-05-15.DescribeStacks".
 */
export interface ServiceCall {
  readonly target: string;
  readonly input: object;
}
/** `answeredAt` is by performance.now(). */
export type AnsweredCall = ServiceCall & { readonly answeredAt: number };

function callOf({ headers, method, url }: IncomingMessage, body: string): ServiceCall {
  const type = String(headers['content-type']);
  if (type.startsWith('application/x-amz-json')) return { target: String(headers['x-amz-target']), input: JSON.parse(body) as object };
  if (!type.startsWith('application/x-www-form-urlencoded')) return { target: `${method} ${url}`, input: {} };
  const { Action, Version, ...input } = Object.fromEntries(new URLSearchParams(body));
  return { target: `${Version}.${Action}`, input };
}

/** An AWS that refuses every call at once, so that a first call is made and answered, and nothing is waited for. */
export async function refusingService() {
  let calls: AnsweredCall[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end('{"__type":"AccessDeniedException"}');
    const answeredAt = performance.now();
    calls.push({ ...callOf(request, Buffer.concat(chunks).toString()), answeredAt });
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
    close: () => server.close(),
  };
}
export type RefusingService = Awaited<ReturnType<typeof refusingService>>;
