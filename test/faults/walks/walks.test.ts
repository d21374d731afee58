import { AdminCreateUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cognito } from '../../../lambdas/shared/clients.ts';
import { environment } from '../../../lambdas/shared/environment.ts';
import { readPerson } from '../../../lambdas/shared/people.ts';
import { runtime } from '../../../lambdas/shared/runtime.ts';
import { readTenant } from '../../../lambdas/shared/tenants.ts';
import { type WalkChanges, type WalkResult, Walks } from './walks.ts';

/* Walks of fixed seeds, all on one local stack. */

const seeds = Array.from({ length: 6 }, (_, place) => place + 1);
/** The stack comes up in some 20 seconds, and a walk takes about one; the machine may be busy. */
const longestMilliseconds = 600_000;

let walks: Walks;
const results = new Map<number, WalkResult>();

beforeAll(async () => {
  walks = await Walks.start(() => {});
  for (const seed of seeds) results.set(seed, await walks.walk(seed));
}, longestMilliseconds);
afterAll(() => walks?.stop());

test('whatever goes wrong, and in whatever order, every tenant comes to an end as it must', () => {
  expect([...results.values()].filter(({ wrong }) => wrong.length > 0).map(({ seed, wrong }) => ({ seed, wrong }))).toEqual([]);
});

test('much goes wrong in the walks, so that something is shown by them', () => {
  const struck = [...results.values()].flatMap(({ trace }) => trace.map(({ fault }) => fault)).filter(Boolean);
  expect(new Set(struck).size).toBeGreaterThan(8);
});

test(
  'a seed fixes the walk: each call, what befell it, and what came of it',
  async () => {
    const [busiest] = [...results.values()].sort((one, other) => other.parts.length - one.parts.length);
    const { seed = 0, digest, trace } = busiest ?? {};
    const again = await walks.walk(seed);
    const calls = (of: WalkResult['trace'] = []) => of.map(({ at: _, ...call }) => Object.values(call).join(' '));
    expect(calls(again.trace)).toEqual(calls(trace));
    expect(again.digest).toBe(digest);
  },
  longestMilliseconds,
);

/** What a step must not be: its second attempt makes a second user. */
const forgetful: WalkChanges = {
  handlers: {
    CreateAdminUser: (own) => {
      const begun = new Set<string>();
      return async (event, context) => {
        const { tenantId } = event as { tenantId: string };
        const again = begun.has(tenantId);
        begun.add(tenantId);
        const answer = await own(event, context);
        if (again) await makeAnotherUser(tenantId);
        return answer;
      };
    },
  },
};

async function makeAnotherUser(tenantId: string): Promise<void> {
  const { administratorId = '' } = (await readTenant(tenantId)) ?? {};
  const { email = '' } = (await readPerson(tenantId, administratorId)) ?? {};
  const attributes = { email, email_verified: 'true', 'custom:tenantId': tenantId };
  await cognito().send(
    new AdminCreateUserCommand({
      UserPoolId: environment('TENANT_USER_POOL_ID'),
      Username: runtime.newId(),
      MessageAction: 'SUPPRESS',
      UserAttributes: Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })),
    }),
  );
}

test(
  'a step that makes another user when it is repeated is found',
  async () => {
    let found: WalkResult | undefined;
    for (const seed of seeds) {
      const result = await walks.walk(seed, forgetful);
      if (result.wrong.length === 0) continue;
      found = result;
      break;
    }
    expect(found?.wrong.join()).toContain('The administrator has 2 users.');
  },
  longestMilliseconds,
);
