import { AdminCreateUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { cognito } from '../../../lambdas/shared/clients.ts';
import { environment } from '../../../lambdas/shared/environment.ts';
import { startExecution } from '../../../lambdas/shared/executions.ts';
import { readPerson } from '../../../lambdas/shared/people.ts';
import { runtime } from '../../../lambdas/shared/runtime.ts';
import { readTenant } from '../../../lambdas/shared/tenants.ts';
import { type WalkChanges, type WalkResult, Walks } from './walks.ts';

/* Walks of fixed seeds, all on one local stack. */

/** One on which a step fails for everybody, so that onboarding pauses. */
const badDay = 9;
const seeds = [16, badDay];
/** What the walks of these seeds are to show, so that they cannot become hollow. */
const mustOccur = [
  ...['starter', 'business', 'enterprise'].map((tier) => `ACTIVE ${tier}`),
  'EXPIRED business',
  'FindingOpened by ReviewRun',
  'FindingOpened by SweepTenants',
  'OnboardingPaused by rule',
  'OnboardingProbed',
  'OnboardingResumed by rule',
];
/** The stack comes up in some 20 seconds, and a walk takes some more; the machine may be busy. */
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

test('all tiers come, runs are found that have failed, and onboarding pauses and goes on', () => {
  const occurred = new Set([...results.values()].flatMap((result) => result.occurred));
  expect([...occurred]).toEqual(expect.arrayContaining(mustOccur));
});

test(
  'a seed fixes the walk: each call, what befell it, and what came of it',
  async () => {
    const [{ seed, digest, trace }] = [...results.values()] as [WalkResult];
    const again = await walks.walk(seed);
    const calls = (of: WalkResult['trace']) => of.map(({ at: _, ...call }) => Object.values(call).join(' '));
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

/** A sweep that sees nothing. */
const blind: WalkChanges = { handlers: { SweepTenants: () => async () => ({ looked: 0, open: 0 }) } };

/** Starts whatever run there is, and does not ask whether onboarding is paused. */
const hasty: WalkChanges = {
  handlers: {
    StartOnboarding: () => async (event) => {
      const { Records } = event as DynamoDBStreamEvent;
      for (const { dynamodb } of Records) {
        const tenantId = dynamodb?.NewImage?.['tenantId']?.S ?? '';
        const { status, run } = (await readTenant(tenantId)) ?? {};
        if (status === 'PROVISIONING' && run) await startExecution(environment('ONBOARD_TENANT_ARN'), tenantId, run);
      }
    },
  },
};

test.each([
  ['a step that makes another user when it is repeated', seeds, forgetful, 'The administrator has 2 users.'],
  ['a sweep that sees nothing', seeds, blind, 'long before a sweep, and nothing was found'],
  ['onboarding that begins although it is paused', [badDay], hasty, 'was begun while onboarding is paused'],
])(
  '%s is found',
  async (_what, from, changes, wrong) => {
    const told: string[] = [];
    for (const seed of from) {
      if (told.some((each) => each.includes(wrong))) break;
      told.push(...(await walks.walk(seed, changes)).wrong);
    }
    expect(told.join()).toContain(wrong);
  },
  longestMilliseconds,
);
