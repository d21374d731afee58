import { describe, expect, test } from '@jest/globals';
import { type Operation, type Route, routes } from '../../../../contracts/routes.ts';
import { type RequestParts, send } from '../../../support/requests.ts';
import { newWorld } from '../../../support/world.ts';

/* Held against every staff route of contracts/routes.ts, so that a new one is in here as soon as it is named. */

const staffRoutes = (routes as readonly Route[]).filter(({ access }) => access === 'staff');
const fileOf = (operation: string) => operation.replace(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
const parts: RequestParts = { path: { tenantId: '99999999-9999-4999-8999-999999999999' }, query: {} };
const sub = 'c0ffee00-0000-4000-8000-000000000001';

/** The least of these that the route takes. */
const bodies = [{}, { reason: 'A test.' }, { reason: 'A test.', input: { slug: 'another' } }];
const bodyOf = (body: Route['body']) => (body ? { body: bodies.find((each) => body.safeParse(each).success) } : {});

describe.each(staffRoutes.map(({ operation, body }) => [operation as Operation, bodyOf(body)] as const))('%s', (operation, body) => {
  const call = async (claims?: Record<string, string>) => {
    const { handler } = await import(`../../../../lambdas/api/${fileOf(operation)}.ts`);
    const world = newWorld();
    const answer = await send(handler, operation, { ...parts, ...body, ...(claims ? { claims } : {}) });
    return { ...answer, calls: world.calls };
  };

  test.each([[undefined], [{}], [{ 'cognito:groups': 'operators' }]])(
    'without a signed-in person is 401 and reads nothing: %j',
    async (claims) => {
      const { status, body: problem, calls } = await call(claims as Record<string, string>);
      expect([status, problem.type, calls]).toEqual([401, 'urn:problem-type:tenantry:unauthorized', []]);
    },
  );

  test.each([
    [{}],
    [{ 'cognito:groups': '' }],
    [{ 'cognito:groups': '[auditors support]' }],
    [{ 'cognito:groups': 'operators-of-others' }],
  ])('without the group is 403 and reads nothing: %j', async (groups) => {
    const { status, body: problem, calls } = await call({ sub, ...groups } as Record<string, string>);
    expect([status, problem.type, calls]).toEqual([403, 'urn:problem-type:tenantry:forbidden', []]);
  });

  test.each(['operators', '[operators]', '[auditors operators]', 'auditors,operators'])(
    'with the group goes on, however API Gateway writes the list: %s',
    async (groups) => {
      const { status, calls } = await call({ sub, 'cognito:groups': groups });
      expect([401, 403]).not.toContain(status);
      expect(calls.length).toBeGreaterThan(0);
    },
  );
});
