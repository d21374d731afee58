import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Finding } from '../../../../contracts/findings.ts';
import type { StepName } from '../../../../contracts/steps.ts';
import { handler as sendConfirmation } from '../../../../lambdas/events/send-confirmation.ts';
import { handler as startOnboarding } from '../../../../lambdas/events/start-onboarding.ts';
import { handler } from '../../../../lambdas/events/sweep-tenants.ts';
import { stepsOf } from '../../../../lambdas/shared/catalog.ts';
import {
  changeTenant,
  eventsOf,
  onboardedTenant,
  react,
  runStep,
  signUp,
  signUpAndConfirm,
  stepRecord,
  tenantOf,
} from '../../../support/onboarding.ts';
import { context } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { awsError, newWorld, tables, type World } from '../../../support/world.ts';

const output = collectOutput();
const second = 1_000;
const minute = 60 * second;
let world: World;
beforeEach(() => {
  world = newWorld();
});

const sweep = () => (handler as (event: unknown, context: unknown) => Promise<{ looked: number; open: number }>)({}, context());
const findings = () => world.database.all(tables.findings) as unknown as Finding[];
const open = () => findings().filter(({ closedAt }) => !closedAt);
const findingEvents = (tenantId: string) =>
  eventsOf(world, tenantId)
    .filter(({ type }) => type.startsWith('Finding'))
    .map(({ type }) => type);
const executionOf = (tenantId: string) =>
  [...world.stateMachine.executions.values()].find(({ input }) => input.includes(tenantId)) as {
    status: string;
    redriveCount: number;
    error?: string;
  };

/** A tenant whose workflow has been started. */
async function startedTenant(...steps: StepName[]): Promise<string> {
  const tenantId = await signUpAndConfirm(world);
  await react(startOnboarding, tenantId);
  for (const step of steps) await runStep(world, step, tenantId);
  return tenantId;
}
async function failAt(tenantId: string): Promise<void> {
  world.fail('Invoke', awsError('AccessDeniedException'));
  await expect(runStep(world, 'EstablishIsolation', tenantId)).rejects.toThrow();
  Object.assign(executionOf(tenantId), { status: 'FAILED', error: 'AccessDeniedException' });
}
/** Leaves a step as one that was cut off: started, and nothing after it. */
async function crashIn(step: StepName, tenantId: string): Promise<void> {
  const hold = world.hold('TransactWrite');
  const running = runStep(world, step, tenantId);
  await hold.reached;
  hold.release();
  world.fail('TransactWrite', awsError('InternalServerError', 'server'));
  world.fail('TransactWrite', awsError('InternalServerError', 'server'));
  await expect(running).rejects.toThrow();
}

describe('without any event, a sweep finds', () => {
  test('a run that failed', async () => {
    const tenantId = await startedTenant('PlanTenant');
    await failAt(tenantId);
    expect(await sweep()).toEqual({ looked: 1, open: 1 });
    expect(open()).toMatchObject([{ kind: 'RunFailed', tenantId, step: 'EstablishIsolation' }]);
  });

  test('a run of an ACTIVE tenant whose last steps failed', async () => {
    const tenantId = await startedTenant('PlanTenant', 'EstablishIsolation', 'CreateAdminUser', 'TestTenant', 'ActivateTenant');
    world.fail('AdminCreateUser', awsError('LimitExceededException'));
    await expect(runStep(world, 'InviteAdministrator', tenantId)).rejects.toThrow();
    Object.assign(executionOf(tenantId), { status: 'FAILED' });
    await sweep();
    expect(tenantOf(world, tenantId).status).toBe('ACTIVE');
    expect(open()).toMatchObject([
      { kind: 'RunFailed', step: 'InviteAdministrator', nextAction: expect.stringMatching(/^Raise the limit/) },
    ]);
  });

  test('a run that ended while its step had only begun, and records it', async () => {
    const tenantId = await startedTenant();
    await crashIn('PlanTenant', tenantId);
    Object.assign(executionOf(tenantId), { status: 'FAILED', error: 'Sandbox.Timedout' });
    await sweep();
    expect(open()).toEqual([]);
    world.advance(3 * minute + second);
    await sweep();
    expect(open()).toMatchObject([{ kind: 'RunFailed', step: 'PlanTenant' }]);
    expect(stepRecord(world, tenantId, 'PlanTenant')).toMatchObject({
      state: 'FAILED',
      failure: { class: 'retry', error: 'Sandbox.Timedout' },
    });
  });

  test('a step that takes four times as long as it should, and at least three minutes', async () => {
    const tenantId = await startedTenant();
    await crashIn('PlanTenant', tenantId);
    world.advance(3 * minute);
    await sweep();
    expect(open()).toEqual([]);
    world.advance(second);
    await sweep();
    expect(open()).toMatchObject([{ kind: 'StepLate', step: 'PlanTenant', reason: expect.stringContaining('longer than 180 seconds') }]);
    expect(stepRecord(world, tenantId, 'PlanTenant')?.state).toBe('RUNNING');
  });

  test('no lateness of a step that was throttled, for as long as its next try may wait', async () => {
    const tenantId = await startedTenant('PlanTenant', 'EstablishIsolation');
    world.fail('AdminCreateUser', awsError('TooManyRequestsException'));
    await expect(runStep(world, 'CreateAdminUser', tenantId)).rejects.toThrow();
    // The longest wait between two tries, and a Task that is cut off then: statemachines/onboard-tenant.asl.json.
    world.advance((120 + 30) * second);
    await sweep();
    expect(open()).toEqual([]);
  });

  test('a step that never began, though the one before it is long done', async () => {
    const tenantId = await startedTenant('PlanTenant');
    world.advance(3 * minute + second);
    await sweep();
    expect(open()).toMatchObject([{ kind: 'StepLate', step: 'EstablishIsolation' }]);
    expect(tenantId).toBe(open()[0]?.tenantId);
  });

  test('a run whose execution is gone, and does not start it again by itself', async () => {
    const tenantId = await startedTenant('PlanTenant');
    await failAt(tenantId);
    world.stateMachine.executions.clear();
    await sweep();
    expect(open()).toMatchObject([{ kind: 'RunLost', step: 'EstablishIsolation' }]);
    expect(world.stateMachine.executions.size).toBe(0);
  });

  test('a run whose execution succeeded without its steps', async () => {
    const tenantId = await startedTenant('PlanTenant');
    Object.assign(executionOf(tenantId), { status: 'SUCCEEDED' });
    world.advance(3 * minute + second);
    await sweep();
    expect(open()).toMatchObject([{ kind: 'RunLost', reason: 'The execution has succeeded, and EstablishIsolation is not done.' }]);
  });

  test('a signup whose mail was never sent, once, and until it is', async () => {
    const { tenantId } = await signUp();
    const { tenantId: mailed } = await signUp();
    await react(sendConfirmation, mailed);
    await sweep();
    world.advance(14 * minute);
    await sweep();
    expect(open()).toEqual([]);
    world.advance(2 * minute);
    await sweep();
    await sweep();
    expect(open()).toMatchObject([{ kind: 'ConfirmationNotSent', tenantId }]);
    await react(sendConfirmation, tenantId);
    await sweep();
    expect(open()).toEqual([]);
    expect(findingEvents(tenantId)).toEqual(['FindingOpened', 'FindingClosed']);
    expect(findingEvents(mailed)).toEqual([]);
  });
});

test('a signup whose mail could not be asked for is asked for again', async () => {
  const { tenantId } = await signUp();
  await sweep();
  world.advance(16 * minute);
  const { conditionsMet } = tenantOf(world, tenantId);
  changeTenant(world, tenantId, { conditionsMet: undefined as never });
  await expect(sweep()).rejects.toThrow('1 tenants could not be looked at');
  expect(open()).toEqual([]);
  changeTenant(world, tenantId, { conditionsMet });
  await sweep();
  expect(open()).toMatchObject([{ kind: 'ConfirmationNotSent', tenantId }]);
});

describe('a run that nobody started', () => {
  test('is started, once, after a minute', async () => {
    const tenantId = await signUpAndConfirm(world);
    world.advance(59 * second);
    await sweep();
    expect(world.stateMachine.executions.size).toBe(0);
    world.advance(2 * second);
    await sweep();
    await sweep();
    const { run } = tenantOf(world, tenantId);
    expect([...world.stateMachine.executions.values()].map(({ name }) => name)).toEqual([`${run?.runId}-1`]);
    expect(findings()).toEqual([]);
  });

  test('of a later generation is started at once, whatever the earlier ones left', async () => {
    const tenantId = await startedTenant('PlanTenant');
    world.advance(second);
    await failAt(tenantId);
    await sweep();
    const { run } = tenantOf(world, tenantId);
    changeTenant(world, tenantId, { run: { ...(run as NonNullable<typeof run>), generation: 2 } });
    world.advance(second);
    await sweep();
    expect([...world.stateMachine.executions.values()].map(({ name }) => name)).toEqual([`${run?.runId}-1`, `${run?.runId}-2`]);
    await sweep();
    expect(open()).toEqual([]);
    expect(findingEvents(tenantId)).toEqual(['FindingOpened', 'FindingClosed']);
  });

  test('and cannot be started is found, and started when it can be', async () => {
    const tenantId = await signUpAndConfirm(world);
    world.advance(3 * minute);
    world.fail('StartExecution', awsError('ExecutionLimitExceeded'));
    await sweep();
    expect(open()).toMatchObject([
      { kind: 'RunNotStarted', tenantId, reason: 'The execution could not be started (ExecutionLimitExceeded).' },
    ]);
    await sweep();
    expect(world.stateMachine.executions.size).toBe(1);
    await sweep();
    expect(open()).toEqual([]);
  });
});

describe('a sweep that is repeated', () => {
  test('neither alerts nor audits twice, and changes nothing but when it last looked', async () => {
    const tenantId = await startedTenant('PlanTenant');
    await failAt(tenantId);
    await sweep();
    const events = eventsOf(world, tenantId);
    world.advance(5 * minute);
    await Promise.all([sweep(), sweep()]);
    expect(eventsOf(world, tenantId)).toEqual(events);
    expect(findings()).toHaveLength(1);
    expect(Date.parse(findings()[0]?.lastSeenAt as string) - Date.parse(findings()[0]?.openedAt as string)).toBe(5 * minute);
    expect(output().match(/A finding was opened/g)).toHaveLength(1);
  });

  test('closes what no longer holds: redriven, then finished', async () => {
    const tenantId = await startedTenant('PlanTenant');
    await failAt(tenantId);
    await sweep();
    Object.assign(executionOf(tenantId), { status: 'RUNNING', redriveCount: 1 });
    world.advance(second);
    await sweep();
    expect(open()).toEqual([]);
    Object.assign(executionOf(tenantId), { status: 'FAILED' });
    world.advance(second);
    await sweep();
    expect(open()).toHaveLength(1);
    for (const step of stepsOf('starter')) await runStep(world, step, tenantId, { redriveCount: 2 });
    await sweep();
    expect(open()).toEqual([]);
    expect(findingEvents(tenantId)).toEqual(['FindingOpened', 'FindingClosed', 'FindingOpened', 'FindingClosed']);
    expect(eventsOf(world, tenantId).at(-1)?.data).toMatchObject({ reason: 'The run is finished.' });
  });
});

test('a tenant that is done is in no index of the sweep, and costs it nothing', async () => {
  const tenantId = await onboardedTenant(world);
  expect(tenantOf(world, tenantId)).not.toHaveProperty('unfinishedPartition');
  const before = world.calls.length;
  expect(await sweep()).toEqual({ looked: 0, open: 0 });
  expect(world.calls.slice(before).filter((call) => !['Query', 'Get', 'Put'].includes(call))).toEqual([]);
  expect(world.calls.slice(before)).not.toContain('DescribeExecution');
});

test('a run that moves costs no call to Step Functions', async () => {
  await startedTenant('PlanTenant');
  const before = world.calls.length;
  await sweep();
  expect(world.calls.slice(before)).not.toContain('DescribeExecution');
});

test('asks Step Functions five times a second at most', async () => {
  const tenants: string[] = [];
  for (let count = 0; count < 12; count += 1) {
    tenants.push(await startedTenant('PlanTenant'));
    await failAt(tenants.at(-1) as string);
  }
  world.database.pageSize = 2;
  expect((await sweep()).looked).toBe(12);
  // The clock stands still but for the pauses, which the world does not count.
  expect(world.pauses.filter((pause) => pause > 0)).toHaveLength(11);
  expect(world.pauses.slice(0, 3)).toEqual([200, 400, 600]);
});

test('goes on where its time ran out', async () => {
  for (let count = 0; count < 6; count += 1) await failAt(await startedTenant('PlanTenant'));
  const slow = world.slowDown('DescribeExecution', 100 * second);
  expect((await sweep()).looked).toBe(2);
  expect(open()).toHaveLength(2);
  expect((await sweep()).looked).toBe(2);
  slow.end();
  expect((await sweep()).looked).toBe(2);
  expect(open().filter(({ kind }) => kind === 'RunFailed')).toHaveLength(6);
});

test('one tenant that cannot be looked at does not keep the others waiting, and fails the sweep', async () => {
  for (let count = 0; count < 3; count += 1) await failAt(await startedTenant('PlanTenant'));
  world.fail('DescribeExecution', awsError('AccessDeniedException'));
  await expect(sweep()).rejects.toThrow('1 tenants could not be looked at');
  expect(open()).toHaveLength(2);
});

test('a finding that it closes is not counted as open', async () => {
  const tenantId = await startedTenant('PlanTenant');
  await failAt(tenantId);
  expect((await sweep()).open).toBe(1);
  const { unfinishedPartition: _finished, ...finished } = tenantOf(world, tenantId);
  world.database.place(tables.tenants, finished as never);
  expect(await sweep()).toEqual({ looked: 0, open: 0 });
  expect(open()).toEqual([]);
});

test('says how many findings of each kind are open, also when there is none', async () => {
  await failAt(await startedTenant('PlanTenant'));
  await sweep();
  const lines = output()
    .split('\n')
    .filter((line) => line.includes('"openFindings"'))
    .map((line) => JSON.parse(line) as { findingKind: string; openFindings: number });
  expect(lines.find(({ findingKind }) => findingKind === 'RunFailed')?.openFindings).toBe(1);
  expect(lines.find(({ findingKind }) => findingKind === 'StepLate')?.openFindings).toBe(0);
  expect(output()).toMatch(/"sweepSeconds":\d/);
});
