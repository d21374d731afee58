import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Finding } from '../../../../contracts/findings.ts';
import { handler as createSignup } from '../../../../lambdas/api/create-signup.ts';
import { handler as pauseOnboarding } from '../../../../lambdas/api/pause-onboarding.ts';
import { handler as resumeOnboarding } from '../../../../lambdas/api/resume-onboarding.ts';
import { handler as showOnboarding } from '../../../../lambdas/api/show-onboarding.ts';
import { handler as reviewRun } from '../../../../lambdas/events/review-run.ts';
import { handler as startOnboarding } from '../../../../lambdas/events/start-onboarding.ts';
import { handler as sweepTenants } from '../../../../lambdas/events/sweep-tenants.ts';
import { stepsOf } from '../../../../lambdas/shared/catalog.ts';
import { rememberOperation } from '../../../../lambdas/shared/errors.ts';
import { expectWholeChain } from '../../../support/chain.ts';
import { changeTenant, eventsOf, newSignupKey, react, runStep, signUp, signUpAndConfirm, signupBody } from '../../../support/onboarding.ts';
import { type ApiHandler, apiEvent, context, send, staffClaims } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { awsError, newWorld, tables, type World } from '../../../support/world.ts';

collectOutput();
const minute = 60_000;
const inARow = 5;
let world: World;
beforeEach(() => {
  world = newWorld();
});

const show = async () => (await send(showOnboarding, 'ShowOnboarding', { claims: staffClaims })).body;
const pause = (reason = 'The region has trouble.') => send(pauseOnboarding, 'PauseOnboarding', { claims: staffClaims, body: { reason } });
const resume = (reason = 'It is over.') => send(resumeOnboarding, 'ResumeOnboarding', { claims: staffClaims, body: { reason } });
const sweep = () => (sweepTenants as (event: unknown, context: unknown) => Promise<unknown>)({}, context());
const openFindings = (kind: string) =>
  (world.database.all(tables.findings) as unknown as Finding[]).filter((finding) => finding.kind === kind && !finding.closedAt);
const platformEvents = () => {
  const chain = eventsOf(world, 'PLATFORM');
  expectWholeChain(chain);
  return chain.map(({ type, actor }) => `${type} by ${actor.kind}`);
};
const executionOf = (tenantId: string) => {
  const found = [...world.stateMachine.executions.entries()].find(([, { input }]) => input.includes(tenantId));
  return found && { arn: found[0], execution: found[1] };
};

/** Ends a tenant's execution, and tells of it as Step Functions does. */
async function end(tenantId: string, status: 'FAILED' | 'SUCCEEDED', redriveCount = 0): Promise<void> {
  const { arn, execution } = executionOf(tenantId) as NonNullable<ReturnType<typeof executionOf>>;
  Object.assign(execution, { status, redriveCount });
  const detail = { executionArn: arn, status, redriveCount, error: null, input: JSON.stringify({ tenantId }) };
  await (reviewRun as (event: unknown, context: unknown) => Promise<void>)({ detail }, context());
}
async function started(): Promise<string> {
  const tenantId = await signUpAndConfirm(world);
  await react(startOnboarding, tenantId);
  return tenantId;
}
async function failAt(tenantId: string, error = awsError('AccessDeniedException')): Promise<void> {
  await runStep(world, 'PlanTenant', tenantId);
  world.fail('Invoke', error);
  await expect(runStep(world, 'EstablishIsolation', tenantId)).rejects.toThrow();
  await end(tenantId, 'FAILED');
  world.advance(1_000);
}
async function succeed(tenantId: string, redriveCount = 0): Promise<void> {
  world.advance(1_000);
  for (const step of stepsOf('starter')) await runStep(world, step, tenantId, { redriveCount });
  await end(tenantId, 'SUCCEEDED', redriveCount);
}
async function failing(count: number): Promise<string[]> {
  const tenants: string[] = [];
  for (let place = 0; place < count; place += 1) {
    tenants.push(await started());
    await failAt(tenants.at(-1) as string);
  }
  return tenants;
}
const refused = async (key = newSignupKey()) => {
  const event = apiEvent('CreateSignup', { headers: { 'Idempotency-Key': key }, body: signupBody({ slug: `later-${key.slice(-6)}` }) });
  const { statusCode, headers, body } = await (createSignup as ApiHandler)(event, context());
  return { statusCode, retryAfter: headers?.['retry-after'], ...JSON.parse(body) };
};

describe('onboarding pauses by itself', () => {
  test('when the same step has failed for five tenants in a row, with a finding and an audit event', async () => {
    await failing(inARow - 1);
    expect(await show()).toMatchObject({ state: 'open', streaks: [{ step: 'EstablishIsolation', tenants: 4 }] });
    await failing(1);
    expect(await show()).toMatchObject({
      state: 'paused',
      step: 'EstablishIsolation',
      reason: 'EstablishIsolation failed for 5 tenants in a row.',
    });
    expect(openFindings('OnboardingPaused')).toMatchObject([{ reason: 'EstablishIsolation failed for 5 tenants in a row.' }]);
    expect(platformEvents()).toEqual(['OnboardingPaused by schedule', 'FindingOpened by schedule']);
  });

  test('and those that fail besides do not wait for each other’s count', async () => {
    const tenants: string[] = [];
    for (let each = 0; each < inARow + 2; each += 1) tenants.push(await started());
    const streaks = () => world.database.all(tables.tenants).find(({ sk }) => sk === 'STREAKS');
    for (const tenantId of tenants.slice(0, inARow)) await failAt(tenantId);
    const full = streaks();
    expect(full).toMatchObject({ steps: { EstablishIsolation: { tenants: tenants.slice(0, inARow) } } });
    for (const tenantId of tenants.slice(inARow)) await failAt(tenantId);
    expect(streaks()).toEqual(full);
    expect(openFindings('RunFailed')).toHaveLength(tenants.length);
  });

  test('and not when one tenant fails five times', async () => {
    const [tenantId] = await failing(1);
    for (let redriveCount = 1; redriveCount < 6; redriveCount += 1) {
      Object.assign(executionOf(tenantId as string)?.execution as object, { status: 'RUNNING', redriveCount });
      await sweep();
      world.fail('Invoke', awsError('AccessDeniedException'));
      await expect(runStep(world, 'EstablishIsolation', tenantId as string, { redriveCount })).rejects.toThrow();
      world.advance(1_000);
      await end(tenantId as string, 'FAILED', redriveCount);
    }
    expect(await show()).toMatchObject({ state: 'open', streaks: [{ tenants: 1 }] });
  });

  test('and not when a tenant passes the step in between', async () => {
    await failing(inARow - 1);
    await succeed(await started());
    expect(await show()).toMatchObject({ state: 'open', streaks: [] });
    await failing(inARow - 1);
    await sweep();
    expect((await show()).state).toBe('open');
  });

  test('and not for what customers have sent', async () => {
    for (let place = 0; place < inARow; place += 1) {
      const tenantId = await started();
      await runStep(world, 'PlanTenant', tenantId);
      await runStep(world, 'EstablishIsolation', tenantId);
      const error = awsError('InvalidParameterException');
      rememberOperation(error, 'CognitoIdentityProvider.AdminCreateUser');
      world.fail('AdminCreateUser', error);
      await expect(runStep(world, 'CreateAdminUser', tenantId)).rejects.toThrow();
      await end(tenantId, 'FAILED');
    }
    expect(openFindings('RunFailed')).toHaveLength(inARow);
    expect(await show()).toEqual({ state: 'open', failuresInARow: inARow, streaks: [] });
  });

  test('by the sweep when the events are lost', async () => {
    const tenants: string[] = [];
    for (let place = 0; place < inARow; place += 1) {
      const tenantId = await started();
      tenants.push(tenantId);
      await runStep(world, 'PlanTenant', tenantId);
      world.fail('Invoke', awsError('AccessDeniedException'));
      await expect(runStep(world, 'EstablishIsolation', tenantId)).rejects.toThrow();
      Object.assign(executionOf(tenantId)?.execution as object, { status: 'FAILED' });
    }
    await sweep();
    expect((await show()).state).toBe('paused');
  });
});

describe('while onboarding pauses', () => {
  test('a signup is refused in words with the time to come back, and nothing is kept of it; the same is accepted later', async () => {
    await failing(inARow);
    const before = world.database.all(tables.tenants).length;
    const key = newSignupKey();
    expect(await refused(key)).toMatchObject({
      statusCode: 503,
      retryAfter: String(15 * 60 - 1),
      type: 'urn:problem-type:tenantry:onboarding-paused',
      detail: expect.stringMatching(/^New tenants are not set up at the moment\. Nothing was kept/),
    });
    expect(world.database.all(tables.tenants)).toHaveLength(before);
    await resume();
    expect((await refused(key)).statusCode).toBe(202);
  });

  test('a signup that was accepted before answers as it did', async () => {
    const key = newSignupKey();
    const first = await signUp({ slug: 'before' }, key);
    await pause();
    expect(await signUp({ slug: 'before' }, key)).toEqual(first);
  });

  test('a tier without the step is onboarded on', async () => {
    world.database.place(tables.tenants, {
      pk: 'PLATFORM',
      sk: 'PLATFORM',
      chain: { seq: 1, hash: 'x' },
      onboarding: { pausedAt: '2026-11-20T08:00:00.000Z', reason: 'r', step: 'DeploySilo', probeAt: '2026-11-20T09:00:00.000Z' },
    });
    expect((await refused()).statusCode).toBe(202);
  });

  test('a run is not started, nobody calls it lost or late, and it is started when onboarding goes on', async () => {
    const waiting = await signUpAndConfirm(world);
    await pause();
    await react(startOnboarding, waiting);
    world.advance(60 * minute);
    await sweep();
    expect(executionOf(waiting)).toBeUndefined();
    expect(openFindings('RunNotStarted')).toEqual([]);
    expect(openFindings('StepLate')).toEqual([]);
    expect(openFindings('OnboardingPaused')).toHaveLength(1);
    await resume();
    await sweep();
    expect(executionOf(waiting)).toBeDefined();
    expect(openFindings('OnboardingPaused')).toEqual([]);
  });
});

describe('a pause by rule', () => {
  test('has one run try after a quarter of an hour, and accepts signups meanwhile; its success ends the pause and starts the others', async () => {
    const before = await signUpAndConfirm(world);
    const others = await signUpAndConfirm(world);
    await failing(inARow);
    await react(startOnboarding, before, others);
    await sweep();
    expect([before, others].map((tenantId) => executionOf(tenantId))).toEqual([undefined, undefined]);
    world.advance(15 * minute);
    expect((await show()).state).toBe('half-open');
    expect((await refused()).statusCode).toBe(202);
    await Promise.all([sweep(), sweep()]);
    const [probe, ...more] = [before, others].filter((tenantId) => executionOf(tenantId));
    expect(more).toEqual([]);
    expect((await show()).probe).toBe(probe);
    await succeed(probe as string);
    expect(await show()).toMatchObject({ state: 'open', streaks: [] });
    expect(openFindings('OnboardingPaused')).toEqual([]);
    await sweep();
    expect([before, others].every((tenantId) => executionOf(tenantId))).toBe(true);
    expect((await show()).state).toBe('open');
    expect(platformEvents().filter((event) => event.startsWith('Onboarding'))).toEqual([
      'OnboardingPaused by schedule',
      'OnboardingProbed by schedule',
      'OnboardingResumed by schedule',
    ]);
  });

  test('goes on for another quarter of an hour when the run that tries fails', async () => {
    const before = await signUpAndConfirm(world);
    await failing(inARow);
    world.advance(15 * minute);
    await sweep();
    await failAt(before);
    expect(await show()).toMatchObject({ state: 'paused', step: 'EstablishIsolation' });
    expect((await show()).probe).toBeUndefined();
    expect((await refused()).statusCode).toBe(503);
    expect(platformEvents()).toContain('OnboardingProbeFailed by schedule');
  });

  test.each(['SUCCEEDED', 'given up'])('sees by the sweep that the run that tries has ended, %s, when no event tells', async (ended) => {
    const probe = await signUpAndConfirm(world);
    await failing(inARow);
    world.advance(15 * minute);
    await sweep();
    expect((await show()).probe).toBe(probe);
    if (ended === 'SUCCEEDED') for (const step of stepsOf('starter')) await runStep(world, step, probe);
    else
      changeTenant(world, probe, {
        run: { runId: 'abandon-00000000-0000-4000-8000-000000000001', generation: 1, startedAt: '2026-11-20T08:20:00.000Z' },
      });
    await sweep();
    expect(await show()).toMatchObject({ state: ended === 'SUCCEEDED' ? 'open' : 'paused' });
    expect((await show()).probe).toBeUndefined();
  });

  test('ends when a tenant that was redriven passes the step', async () => {
    const [tenantId] = await failing(inARow);
    await succeed(tenantId as string, 1);
    expect((await show()).state).toBe('open');
    // The other four still stand there, and do not pause it again.
    await sweep();
    expect((await show()).state).toBe('open');
  });

  test('is resumed by hand, and counts anew', async () => {
    await failing(inARow);
    expect((await resume()).body).toMatchObject({ state: 'open', streaks: [] });
    await sweep();
    expect((await show()).state).toBe('open');
    await failing(inARow);
    expect((await show()).state).toBe('paused');
  });
});

describe('a pause by hand', () => {
  test('is audited with who and why, once, and ends by hand alone', async () => {
    const { body } = await pause();
    expect(body).toMatchObject({ state: 'paused', pausedBy: { kind: 'staff', id: staffClaims.sub }, reason: 'The region has trouble.' });
    expect((await pause('Another reason.')).body).toEqual(body);
    world.advance(24 * 60 * minute);
    await sweep();
    expect(await refused()).toMatchObject({ statusCode: 503, retryAfter: '900' });
    await resume();
    await resume();
    expect(platformEvents()).toEqual([
      'OnboardingPaused by staff',
      'FindingOpened by staff',
      'OnboardingResumed by staff',
      'FindingClosed by staff',
    ]);
    expect(eventsOf(world, 'PLATFORM')[0]).toMatchObject({ reason: 'The region has trouble.' });
  });

  test('takes the place of one by rule', async () => {
    const [tenantId] = await failing(inARow);
    await pause();
    expect((await show()).step).toBeUndefined();
    await succeed(tenantId as string, 1);
    expect((await show()).state).toBe('paused');
  });
});

test('most runs that succeed cost one read', async () => {
  const tenantId = await started();
  for (const step of stepsOf('starter')) await runStep(world, step, tenantId);
  const before = world.calls.length;
  await end(tenantId, 'SUCCEEDED');
  expect(world.calls.slice(before)).toEqual(['Get']);
});
