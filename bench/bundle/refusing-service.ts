import { once } from 'node:events';
import { createServer } from 'node:http';

/** A call of a service that speaks JSON: its target, such as "DynamoDB_20120810.GetItem", and its input. */
export interface ServiceCall {
  readonly target: string;
  readonly input: object;
}
/** `answeredAt` is by performance.now(). */
export type AnsweredCall = ServiceCall & { readonly answeredAt: number };

/** An AWS that refuses every call at once, so that a first call is made and answered, and nothing is waited for. */
export async function refusingService() {
  let calls: AnsweredCall[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const target = String(request.headers['x-amz-target'] ?? `${request.method} ${request.url}`);
    const json = String(request.headers['content-type']).startsWith('application/x-amz-json');
    const input = json ? (JSON.parse(Buffer.concat(chunks).toString()) as object) : {};
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end('{"__type":"AccessDeniedException"}');
    calls.push({ target, input, answeredAt: performance.now() });
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
