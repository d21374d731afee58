import * as z from 'zod/mini';
import { Problem, problemType } from '../contracts/problem.ts';
import { type Operation, type Route, routeOf, type routes } from '../contracts/routes.ts';
import { CommandFailure, exitCodes } from './failure.ts';
import { unreachable } from './network.ts';
import type { Profile } from './profiles.ts';

/** What API Gateway allows an integration: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html has 29 seconds. */
const answerTimeoutMilliseconds = 30_000;

/** The parts of a request; those without a value are not sent. */
export interface RequestParts {
  readonly path?: Record<string, string>;
  readonly query?: Record<string, string | undefined>;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

type BodyOf<Name extends Operation> = Extract<(typeof routes)[number], { operation: Name }>['success']['body'];
export type AnswerOf<Name extends Operation> = BodyOf<Name> extends z.ZodMiniType ? z.output<BodyOf<Name>> : string;

/** Where the API is; with `idToken`, who asks: `renewed` asks for a newer token because the API refused the last one. */
export interface ApiPlace {
  readonly apiUrl: string;
  readonly profile?: Pick<Profile, 'name'>;
  readonly idToken?: (renewed: boolean) => Promise<string>;
}

/** Calls an operation of the API as contracts/routes.ts describes it. Fails with a CommandFailure. */
export async function callApi<Name extends Operation>(place: ApiPlace, operation: Name, parts: RequestParts): Promise<AnswerOf<Name>> {
  const route = routeOf(operation);
  const { idToken } = place;
  let response = await send(place, route, parts, route.access === 'staff' ? await idToken?.(false) : undefined);
  if (response.status === 401 && route.access === 'staff' && idToken) {
    response = await send(place, route, parts, await idToken(true));
  }
  const text = await response.text().catch((error: unknown) => {
    throw unreachable(error, place.apiUrl, place.profile);
  });
  const answer = parsedJson(text);
  if (response.status === route.success.status && fits(route, answer)) return answer as AnswerOf<Name>;
  throw refusal(place, response.status, answer);
}

async function send(place: ApiPlace, route: Route, parts: RequestParts, idToken: string | undefined): Promise<Response> {
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parts.path?.[name] ?? ''));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parts.query ?? {})) if (value !== undefined) query.set(name, value);
  const url = `${place.apiUrl.replace(/\/+$/, '')}${path}${query.size > 0 ? `?${query}` : ''}`;
  try {
    return await fetch(url, {
      method: route.method,
      headers: {
        accept: 'application/json, application/problem+json',
        ...(parts.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idToken ? { authorization: `Bearer ${idToken}` } : {}),
        ...parts.headers,
      },
      ...(parts.body === undefined ? {} : { body: JSON.stringify(parts.body) }),
      // The API redirects nowhere; following one would hand the token of a status URL to another address.
      redirect: 'error',
      signal: AbortSignal.timeout(answerTimeoutMilliseconds),
    });
  } catch (error) {
    throw unreachable(error, place.apiUrl, place.profile);
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An answer may have fields that this version does not know yet: the API grows by adding some. */
function fits(route: Route, answer: unknown): boolean {
  if (route.success.body === 'text/html') return false;
  const parsed = route.success.body.safeParse(answer);
  return parsed.success || parsed.error.issues.every(({ code }) => code === 'unrecognized_keys');
}

function refusal(place: ApiPlace, status: number, answer: unknown): CommandFailure {
  const problem = z.looseObject(Problem.shape).safeParse(answer);
  if (!problem.success) {
    return new CommandFailure(exitCodes.unreachable, `What answers at ${place.apiUrl} (HTTP status ${status}) is not this API.`, [
      'Check the address: it ends with the name of the stage, such as /v1.',
    ]);
  }
  const { title, detail } = problem.data;
  const signIn = `tenantry login${place.profile ? ` --profile ${place.profile.name}` : ''}`;
  if (problem.data.type === problemType('unauthorized')) {
    return new CommandFailure(exitCodes.notSignedIn, `${title}. ${detail}`, [`Sign in: ${signIn}`], problem.data);
  }
  return new CommandFailure(exitCodes.refused, `${title}. ${detail}`, [], problem.data);
}
