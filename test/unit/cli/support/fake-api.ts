import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type * as z from 'zod/mini';
import { type ProblemKind, problemKinds, problemType } from '../../../../contracts/problem.ts';
import { type Operation, type Route, routeOf } from '../../../../contracts/routes.ts';

const openapi = JSON.parse(readFileSync(new URL('../../../../contracts/generated/openapi.json', import.meta.url), 'utf8')) as {
  paths: Record<string, Record<string, { operationId: Operation; security?: unknown[] }>>;
};

export interface Request {
  readonly operation: Operation;
  readonly path: Record<string, string>;
  readonly query: Record<string, string>;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly contentType?: string;
}

/** The API's routes as its description has them; what is asked and what is answered is held against the contracts. */
export interface FakeApi {
  readonly url: string;
  readonly requests: Request[];
  /** What was asked or answered against the contracts. A test that sees any has failed. */
  readonly violations: string[];
  /** The tokens that staff routes take. */
  readonly tokens: Set<string>;
  /** What a test lets an operation answer. */
  readonly answers: Partial<Record<Operation, (request: Request) => Answer>>;
  stop(): Promise<void>;
}

/** An answer with a problem as the API words it. */
export function problem(kind: ProblemKind, detail: string, errors?: { field: string; message: string; remedy: string }[]): Answer {
  const { status, title } = problemKinds[kind];
  const body = { type: problemType(kind), title, status, detail, ...(errors ? { errors } : {}) };
  return { status, body, contentType: 'application/problem+json' };
}

/** An answer of success with the status that the route has. */
export function success(operation: Operation, body: unknown): Answer {
  return { status: routeOf(operation).success.status, body };
}

/** Starts it on a free port of this machine, below the path /v1. */
export async function startFakeApi(): Promise<FakeApi> {
  const fake: Omit<FakeApi, 'url' | 'stop'> = { requests: [], violations: [], tokens: new Set(), answers: {} };
  const server = createServer((incoming, response) => {
    serve(fake, incoming)
      .catch((error: Error): Answer => {
        fake.violations.push(error.message);
        return { status: 500, body: { message: error.message } };
      })
      .then((answer) => respond(response, answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { ...fake, url, stop };
}

async function serve(fake: Omit<FakeApi, 'url' | 'stop'>, incoming: IncomingMessage): Promise<Answer> {
  const url = new URL(incoming.url ?? '/', 'http://fake');
  const found = match(incoming.method ?? '', url.pathname);
  // As a gateway answers, not as this API does.
  if (!found) return { status: 403, body: { message: 'Missing Authentication Token' } };
  const { operation, path, secured } = found;
  if (secured && !fake.tokens.has(incoming.headers.authorization?.replace(/^Bearer /, '') ?? '')) {
    return problem('unauthorized', 'The token has ended. Sign in again.');
  }
  const sent = await text(incoming);
  const request: Request = {
    operation,
    path,
    query: Object.fromEntries(url.searchParams),
    headers: incoming.headers,
    body: sent === '' ? undefined : JSON.parse(sent),
  };
  fake.requests.push(request);
  const answer = fake.answers[operation]?.(request);
  if (!answer) throw new Error(`The test expects no ${operation}.`);
  const route = routeOf(operation);
  // What a test lets the API refuse may be against the contract: refusing that is the API's work.
  if (answer.status !== 400) fake.violations.push(...requestViolations(route, request));
  if (answer.status === route.success.status) fake.violations.push(...against(route.success.body, answer.body, `answer of ${operation}`));
  return answer;
}

function match(method: string, pathname: string) {
  for (const [template, methods] of Object.entries(openapi.paths)) {
    const described = methods[method.toLowerCase()];
    const pattern = new RegExp(`^/v1${template.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
    const matched = pattern.exec(pathname);
    if (!described || !matched) continue;
    const path = Object.fromEntries(Object.entries(matched.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]));
    return { operation: described.operationId, path, secured: (described.security ?? []).length > 0 };
  }
  return undefined;
}

function requestViolations(route: Route, request: Request): string[] {
  const names = Object.keys(route.headers?.shape ?? {});
  const headers = Object.fromEntries(names.map((name) => [name, request.headers[name.toLowerCase()]]));
  const type = request.headers['content-type'];
  return [
    ...against(route.pathParameters, request.path, 'path'),
    ...against(route.query, request.query, 'query'),
    ...against(route.headers, headers, 'headers'),
    ...against(route.body, request.body, 'body'),
    ...(route.body && type !== 'application/json' ? [`content type ${type}`] : []),
  ].map((violation) => `${route.operation}: ${violation}`);
}

function against(schema: z.ZodMiniType | 'text/html' | undefined, value: unknown, what: string): string[] {
  if (schema === undefined || schema === 'text/html') return [];
  const parsed = schema.safeParse(value);
  return parsed.success ? [] : [`${what}: ${parsed.error.message}`];
}

function respond(response: ServerResponse, { status, body, contentType = 'application/json' }: Answer): void {
  response.writeHead(status, { 'content-type': contentType });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
