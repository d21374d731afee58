import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import type * as z from 'zod/mini';
import { type Problem, type ProblemKind, problemKinds, problemType } from '../../contracts/problem.ts';
import type { Route } from '../../contracts/routes.ts';
import { explain, UnknownTenant } from './errors.ts';
import { logger } from './logger.ts';
import { type FieldError, fieldErrors } from './validation.ts';

/** Bodies are small: names, an address, a slug. */
const bodyLimitBytes = 16_384;
/** What providers tell has many fields that nobody here reads. */
const webhookLimitBytes = 262_144;
const staffGroup = 'operators';

/** A request that is answered with a problem; see contracts/problem.ts. */
export class Refusal extends Error {
  readonly kind: ProblemKind;
  readonly errors: readonly FieldError[] | undefined;
  /** After how many seconds the same request may succeed, where that can be said. */
  readonly retryAfterSeconds: number | undefined;
  constructor(kind: ProblemKind, detail: string, errors?: readonly FieldError[], later: { readonly retryAfterSeconds?: number } = {}) {
    super(detail);
    this.kind = kind;
    this.errors = errors;
    this.retryAfterSeconds = later.retryAfterSeconds;
  }
}

/** A body may have thousands of unknown fields; more than these help nobody. */
const mostErrors = 20;

/** A request with fields that have to be corrected; the answer names each with its remedy. */
export const invalidRequest = (errors: readonly FieldError[]) =>
  new Refusal(
    'invalid-request',
    `Correct ${errors
      .slice(0, mostErrors)
      .map(({ field }) => field || 'the body')
      .join(', ')} and send it again.`,
    errors.slice(0, mostErrors),
  );

/** A request whose parts fit the route's schemas. */
export interface ApiRequest {
  readonly path: Record<string, string>;
  readonly query: Record<string, unknown>;
  readonly headers: Record<string, string>;
  readonly body: unknown;
  /** The body as it came, on webhooks: signatures are over it. */
  readonly rawBody: string;
  /** The body came from a form on one of our pages, so a person waits for a page. */
  readonly fromForm: boolean;
  /** The member of staff, on staff routes: the pseudonym that their user pool gave them. */
  readonly staffId: string;
}
export type ApiReply = { readonly body: unknown } | { readonly html: string };

const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  // The token of a link must not travel on to other sites.
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000',
  'x-content-type-options': 'nosniff',
};

const respond = (statusCode: number, contentType: string, body: string, headers: Record<string, string> = {}): APIGatewayProxyResult => ({
  statusCode,
  headers: { ...securityHeaders, 'content-type': contentType, ...headers },
  body,
});

function problemOf({ kind, message, errors }: Refusal): Problem {
  return { type: problemType(kind), ...problemKinds[kind], detail: message, ...(errors?.length ? { errors: [...errors] } : {}) };
}

const header = (event: APIGatewayProxyEvent, name: string) =>
  Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];

const isForm = (event: APIGatewayProxyEvent) => header(event, 'content-type')?.startsWith('application/x-www-form-urlencoded') ?? false;

function textOf(event: APIGatewayProxyEvent, limitBytes: number): string {
  const text = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString('utf8') : (event.body ?? '');
  if (Buffer.byteLength(text) > limitBytes)
    throw new Refusal('body-too-large', `The body is larger than ${limitBytes} bytes. Send only the fields that the API knows.`);
  return text;
}

function bodyOf(event: APIGatewayProxyEvent, acceptsForm: boolean): unknown {
  const text = textOf(event, bodyLimitBytes);
  if (acceptsForm && isForm(event)) return Object.fromEntries(new URLSearchParams(text));
  const contentType = header(event, 'content-type') ?? '';
  if (!/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(contentType))
    throw new Refusal('unsupported-media-type', 'Send the body as JSON in UTF-8, with the header Content-Type: application/json.');
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal('malformed-body', 'The body could not be read as JSON. Send one JSON object.');
  }
}

function staffOf(event: APIGatewayProxyEvent): string {
  const claims: Record<string, unknown> = event.requestContext.authorizer?.['claims'] ?? {};
  if (typeof claims['sub'] !== 'string') throw new Refusal('unauthorized', 'Sign in as a member of staff: tenantry login.');
  // API Gateway hands a list on as a string: "operators", "[operators auditors]" or "operators,auditors".
  if (
    !String(claims['cognito:groups'] ?? '')
      .split(/[\s,[\]]+/)
      .includes(staffGroup)
  )
    throw new Refusal('forbidden', `Only members of the group "${staffGroup}" may do this. Ask for it to be granted.`);
  return claims['sub'];
}

const headerValues = (event: APIGatewayProxyEvent, name: string) =>
  Object.entries(event.multiValueHeaders ?? {}).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];

/** A parameter or header that is given twice has no one meaning. */
function once(values: Record<string, string[] | undefined> | null): Record<string, string> {
  const entries = Object.entries(values ?? {}).flatMap(([name, list]) => (list ? [[name, list] as const] : []));
  const twice = entries.find(([, list]) => list.length > 1);
  if (twice) throw invalidRequest([{ field: twice[0], message: 'is given more than once', remedy: 'Send it once.' }]);
  return Object.fromEntries(entries.map(([name, list]) => [name, list[0] ?? '']));
}

function parseRequest(route: Route, event: APIGatewayProxyEvent): ApiRequest {
  const staffId = route.access === 'staff' ? staffOf(event) : '';
  const part = (schema: z.ZodMiniType | undefined, value: unknown, kind: 'body' | 'parameter'): FieldError[] =>
    schema ? fieldErrors(schema, value, kind) : [];
  const acceptsForm = route.operation === 'ConfirmSignup';
  const headerNames = Object.keys(route.headers?.shape ?? {});
  once(Object.fromEntries(headerNames.map((name) => [name, headerValues(event, name)])));
  const headers = Object.fromEntries(
    headerNames.flatMap((name) => {
      const value = header(event, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  if (route.headers && 'Idempotency-Key' in route.headers.shape && !headers['Idempotency-Key'])
    throw new Refusal(
      'idempotency-key-missing',
      'Send the header Idempotency-Key, so that a repeated request makes one tenant and not two.',
      [
        {
          field: 'Idempotency-Key',
          message: 'is missing',
          remedy: 'Send 16 to 255 printable ASCII characters that you use for this signup alone, such as a UUID.',
        },
      ],
    );
  const path = event.pathParameters ?? {};
  const query = once(event.multiValueQueryStringParameters);
  const body = route.body ? bodyOf(event, acceptsForm) : undefined;
  const errors = [
    ...part(route.pathParameters, path, 'parameter'),
    ...part(route.query, query, 'parameter'),
    ...part(route.headers, headers, 'parameter'),
    ...part(route.body, body, 'body'),
  ];
  if (errors.length > 0) throw invalidRequest(errors);
  // Known to be an id now, and nothing that somebody wrote there.
  if (path['tenantId']) logger.appendKeys({ tenantId: path['tenantId'] });
  return {
    path: (route.pathParameters?.parse(path) ?? {}) as Record<string, string>,
    query: (route.query?.parse(query) ?? {}) as Record<string, unknown>,
    headers,
    body: route.body?.parse(body),
    rawBody: route.access === 'webhook' ? textOf(event, webhookLimitBytes) : '',
    fromForm: acceptsForm && isForm(event),
    staffId,
  };
}

/** @returns the refusal that an error stands for; everything that is not a refusal is our fault and says nothing of itself */
function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof UnknownTenant) return new Refusal('not-found', 'There is no such tenant, or the token is not valid for it.');
  const failure = explain(error);
  logger.error('The request failed.', { errorName: failure.error, operation: failure.operation, class: failure.class });
  return failure.class === 'retry'
    ? new Refusal('unavailable', 'A service behind the API did not answer. Send the same request again in a moment.')
    : new Refusal('internal-error', 'The request could not be served. Our operators have been told; send the same request again later.');
}

/**
 * Makes the handler of a route: checks the request by the schemas of contracts/routes.ts, answers by them, and turns every error into a
 * problem of RFC 9457.
 */
export const apiHandler = (route: Route, serve: (request: ApiRequest) => Promise<ApiReply>, refusalPage?: (problem: Problem) => string) =>
  middy<APIGatewayProxyEvent, APIGatewayProxyResult>()
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .handler(async (event: APIGatewayProxyEvent, _context: Context) => {
      try {
        const reply = await serve(parseRequest(route, event));
        const { status } = route.success;
        return 'html' in reply
          ? respond(200, 'text/html; charset=utf-8', reply.html)
          : respond(status, 'application/json', JSON.stringify(reply.body));
      } catch (error) {
        const refusal = refusalOf(error);
        const problem = problemOf(refusal);
        const later = refusal.retryAfterSeconds === undefined ? {} : { 'retry-after': String(refusal.retryAfterSeconds) };
        return refusalPage && (isForm(event) || route.success.body === 'text/html')
          ? respond(problem.status, 'text/html; charset=utf-8', refusalPage(problem))
          : respond(problem.status, 'application/problem+json', JSON.stringify(problem), later);
      }
    });
