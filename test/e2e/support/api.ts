import { expect } from '@jest/globals';
import { Problem, type ProblemKind, problemKinds, problemType } from '../../../contracts/problem.ts';
import { world } from './world.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The JSON of the answer; undefined when it is none. */
  readonly body: unknown;
}

/** Asks the API over HTTP. A body is sent as JSON unless it is text, which is sent as it is. */
export async function api(
  method: string,
  path: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: unknown } = {},
): Promise<ApiAnswer> {
  const answer = await fetch(`${world.apiUrl}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    redirect: 'manual',
  });
  const text = await answer.text();
  const isJson = /json/.test(answer.headers.get('content-type') ?? '');
  return { status: answer.status, headers: answer.headers, text, body: isJson && text ? JSON.parse(text) : undefined };
}

/** Holds that an answer is this problem, that it says what to do, and that it names exactly these fields, each with its remedy. */
export function expectProblem(answer: ApiAnswer, kind: ProblemKind, fields: readonly string[] = []): Problem {
  const { status, title } = problemKinds[kind];
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status, body: { type: problemType(kind), title, status } });
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const problem = Problem.parse(answer.body);
  expect(problem.detail).not.toBe('');
  expect((problem.errors ?? []).map(({ field }) => field).toSorted()).toEqual(fields.toSorted());
  for (const { message, remedy } of problem.errors ?? []) expect([message, remedy]).not.toContain('');
  expectNoInternals(answer.text);
  return problem;
}

/** Holds that an answer gives away nothing of how it was made: no ARN, no stack trace, no names of AWS's errors or of tables. */
export function expectNoInternals(text: string): void {
  expect(text).not.toMatch(/arn:aws|\bat .*\.(js|ts|mjs):\d+|Exception|AccessDenied|node_modules|Tenantry-|TableName/);
}
