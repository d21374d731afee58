import { expect } from '@jest/globals';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { Problem, type ProblemKind, problemKinds, problemType } from '../../contracts/problem.ts';
import { type Operation, problemsOf, routeOf } from '../../contracts/routes.ts';

/* Requests as API Gateway hands them to a handler, and what must hold of every answer. */

export type ApiHandler = (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;

/** The parts of a request that a test cares about. */
export interface RequestParts {
  readonly path?: Record<string, string>;
  readonly query?: Record<string, string | string[]>;
  readonly headers?: Record<string, string>;
  readonly multiValueHeaders?: Record<string, string[]>;
  /** Sent as JSON, or as it is when it is a string. */
  readonly body?: unknown;
  /** The claims of the token that API Gateway's authorizer accepted. */
  readonly claims?: Record<string, string>;
}

export const context = () =>
  ({ functionName: 'test', awsRequestId: 'request-1', memoryLimitInMB: '256', invokedFunctionArn: 'arn:aws:lambda:test' }) as Context;

export const staffClaims = { sub: 'c0ffee00-0000-4000-8000-000000000001', 'cognito:groups': 'operators' };

export function apiEvent(
  operation: Operation,
  { path, query, headers, multiValueHeaders, body, claims }: RequestParts,
): APIGatewayProxyEvent {
  const route = routeOf(operation);
  const text = body === undefined || typeof body === 'string' ? (body ?? null) : JSON.stringify(body);
  return {
    httpMethod: route.method,
    resource: route.path,
    path: route.path,
    headers: { ...(text === null ? {} : { 'Content-Type': 'application/json' }), ...headers },
    multiValueHeaders: multiValueHeaders ?? {},
    queryStringParameters: null,
    multiValueQueryStringParameters: query
      ? Object.fromEntries(Object.entries(query).map(([name, value]) => [name, [value].flat()]))
      : null,
    pathParameters: path ?? null,
    stageVariables: null,
    isBase64Encoded: false,
    body: text,
    requestContext: { authorizer: claims ? { claims } : null } as APIGatewayProxyEvent['requestContext'],
  };
}

const anywhere: readonly ProblemKind[] = ['internal-error', 'unavailable'];
const staffOnly: readonly ProblemKind[] = ['unauthorized', 'forbidden'];

/** Sends a request and holds the answer against the contract: a promised status with its body, or one of the route's problems. */
export async function send(handler: unknown, operation: Operation, parts: RequestParts = {}) {
  const event = apiEvent(operation, parts);
  const { statusCode, headers, body } = await (handler as ApiHandler)(event, context());
  const route = routeOf(operation);
  expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
  const contentType = String(headers?.['content-type']);
  if (contentType.startsWith('text/html')) return { status: statusCode, contentType, text: body, body: undefined };
  const parsed = JSON.parse(body);
  if (statusCode >= 400) {
    expect(contentType).toBe('application/problem+json');
    const problem = Problem.parse(parsed);
    const kinds = [...problemsOf(route), ...anywhere, ...(route.access === 'staff' ? staffOnly : [])];
    const kind = kinds.find((each) => problemType(each) === problem.type);
    expect({ kind, status: problem.status }).toEqual({ kind: expect.any(String), status: statusCode });
    expect(problemKinds[kind as ProblemKind].status).toBe(statusCode);
    expect(body).not.toMatch(/arn:|\bat .*\.[jt]s:\d|stack/i);
  } else {
    expect({ contentType, statusCode }).toEqual({ contentType: 'application/json', statusCode: route.success.status });
    (route.success.body as { parse(value: unknown): unknown }).parse(parsed);
  }
  return { status: statusCode, contentType, text: body, body: parsed };
}
