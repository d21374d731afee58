import { expect, test } from '@jest/globals';
import { type ProblemKind, problemKinds, problemType } from '../../../contracts/problem.ts';
import { type Route, routes } from '../../../contracts/routes.ts';

const kinds = Object.keys(problemKinds) as ProblemKind[];

test('each kind of problem has a type of its own, which is a URN (RFC 8141), and a title that says it', () => {
  expect(new Set(kinds.map(problemType)).size).toBe(kinds.length);
  for (const kind of kinds) expect(problemType(kind)).toMatch(/^urn:problem-type:tenantry:[a-z-]+$/);
  expect(new Set(kinds.map((kind) => problemKinds[kind].title)).size).toBe(kinds.length);
});

test('no operation and no path with its method is named twice', () => {
  const names = (routes as readonly Route[]).flatMap(({ operation, method, path }) => [operation, `${method} ${path}`]);
  expect(new Set(names).size).toBe(names.length);
});
