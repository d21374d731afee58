import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Finding } from '../../../../contracts/findings.ts';
import { handler as getSignup } from '../../../../lambdas/api/get-signup.ts';
import { handler } from '../../../../lambdas/events/review-run.ts';
import { handler as startOnboarding } from '../../../../lambdas/events/start-onboarding.ts';
import { changeTenant, confirm, eventsOf, react, runStep, signUp, stepRecord, tenantOf } from '../../../support/onboarding.ts';
import { context, send } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { awsError, newWorld, tables, type World } from '../../../support/world.ts';

const output = collectOutput();
let world: World;
let tenantId: string;
let statusUrl: string;
beforeEach(async () => {
  world = newWorld();
  ({ tenantId, statusUrl } = await signUp());
  await confirm(world, tenantId);
  await react(startOnboarding, tenantId);
});

const arn = () => [...world.stateMachine.executions.keys()][0] as string;
const execution = () => world.stateMachine.executions.get(arn()) as NonNullable<ReturnType<World['stateMachine']['executions']['get']>>;
const findings = () => world.database.all(tables.findings) as unknown as Finding[];
const open = () => findings().filter(({ closedAt }) => !closedAt);
const detail = (changes: object = {}) => ({
  executionArn: arn(),
  status: execution().status,
  redriveCount: execution().redriveCount,
  error: execution().error ?? null,
  cause: 'zoe.kanarienvogel@example.com was refused',
  input: JSON.stringify({ tenantId, runId: tenantOf(world, tenantId).run?.runId, generation: 1 }),
  ...changes,
});
const hear = (changes: object = {}) =>
  (handler as (event: unknown, context: unknown) => Promise<void>)({ source: 'aws.states', detail: detail(changes) }, context());
const end = (status: 'FAILED' | 'TIMED_OUT' | 'ABORTED', error?: string) =>
  Object.assign(execution(), { status, ...(error ? { error } : {}) });
const signupStatus = async () =>
  (await send(getSignup, 'GetSignup', { path: { tenantId }, query: { token: new URL(statusUrl).searchParams.get('token') as string } }))
    .body;

async function failingStep(): Promise<void> {
  await runStep(world, 'PlanTenant', tenantId);
  world.fail('Invoke', awsError('AccessDeniedException'));
  await expect(runStep(world, 'EstablishIsolation', tenantId)).rejects.toThrow();
  end('FAILED', 'AccessDeniedException');
}

describe('a run that failed', () => {
  test('by a step that said why is found with its reason, and what staff do', async () => {
    await failingStep();
    const record = stepRecord(world, tenantId, 'EstablishIsolation');
    await hear();
    expect(open()).toMatchObject([
      {
        kind: 'RunFailed',
        tenantId,
        generation: 1,
        step: 'EstablishIsolation',
        reason: 'EstablishIsolation: This step lacks a permission that it needs. (AccessDeniedException)',
        nextAction: `Mend it and deploy. Then: tenantry redrive ${tenantId} --reason '…'`,
        article: 'docs/runbook.md#runfailed',
      },
    ]);
    expect(stepRecord(world, tenantId, 'EstablishIsolation')).toEqual(record);
    expect(eventsOf(world, tenantId).at(-1)).toMatchObject({ type: 'FindingOpened', step: 'EstablishIsolation' });
  });

  test('by a step that crashed is recorded on the step, from outside', async () => {
    const hold = world.hold('TransactWrite');
    const running = runStep(world, 'PlanTenant', tenantId);
    await hold.reached;
    hold.release();
    // Its start is written, and nothing after it.
    world.fail('TransactWrite', awsError('InternalServerError', 'server'));
    world.fail('TransactWrite', awsError('InternalServerError', 'server'));
    await expect(running).rejects.toThrow();
    expect(stepRecord(world, tenantId, 'PlanTenant')?.state).toBe('RUNNING');
    end('FAILED', 'Lambda.Unknown');
    await hear();
    expect(stepRecord(world, tenantId, 'PlanTenant')).toMatchObject({
      state: 'FAILED',
      attempt: 1,
      failure: { class: 'retry', reason: 'This step ended without saying why.', error: 'Lambda.Unknown' },
    });
    expect(eventsOf(world, tenantId).at(-1)).toMatchObject({ type: 'FindingOpened', data: { failure: { error: 'Lambda.Unknown' } } });
  });

  test('before the step wrote anything no longer looks to the customer as if nothing were to do', async () => {
    end('FAILED', 'Lambda.ResourceNotFoundException');
    expect((await signupStatus()).next[0].description).toMatch(/Nothing to do/);
    await hear();
    const { steps, next } = await signupStatus();
    expect(steps[0]).toMatchObject({ step: 'PlanTenant', state: 'FAILED', failure: { reason: 'This step ended without saying why.' } });
    expect(next).toEqual([{ action: 'wait', description: expect.stringMatching(/^A step failed\..* our operators are told/) }]);
    expect(open()).toMatchObject([{ kind: 'RunFailed', step: 'PlanTenant' }]);
  });

  test.each([
    ['ThrottlingException', 'retry', 'See that the service behind it is well.'],
    ['LimitExceededException', 'quota', 'Raise the limit in Service Quotas.'],
    ['AccessDeniedException', 'bug', 'Mend it and deploy.'],
  ])('before the step wrote anything, with %s, is of the class "%s"', async (error, failureClass, first) => {
    end('FAILED', error);
    await hear();
    expect(stepRecord(world, tenantId, 'PlanTenant')?.failure).toMatchObject({ class: failureClass, error });
    expect(open()[0]?.nextAction).toBe(`${first} Then: tenantry redrive ${tenantId} --reason '…'`);
  });

  test('and the step that was recorded from outside is done by its redrive', async () => {
    end('FAILED', 'Lambda.Unknown');
    await hear();
    await runStep(world, 'PlanTenant', tenantId, { redriveCount: 1 });
    expect(stepRecord(world, tenantId, 'PlanTenant')).toMatchObject({ state: 'SUCCEEDED', attempt: 1, redriveCount: 1 });
  });

  test.each([
    ['TIMED_OUT', 'RunTimedOut', 'PlanTenant: The setup took longer than it may, and was cut off. (ExecutionTIMED_OUT)'],
    ['ABORTED', 'RunAborted', 'PlanTenant: The setup was stopped by hand. (ExecutionABORTED)'],
  ] as const)('because it %s is a %s', async (status, kind, reason) => {
    end(status);
    await hear();
    expect(open()).toMatchObject([{ kind, reason }]);
  });

  test('with an error that is no name tells nothing of it', async () => {
    end('FAILED', 'zoe.kanarienvogel@example.com is not valid');
    await hear();
    expect(JSON.stringify([findings(), eventsOf(world, tenantId), stepRecord(world, tenantId, 'PlanTenant'), output()])).not.toMatch(
      /kanarienvogel@/,
    );
    expect(stepRecord(world, tenantId, 'PlanTenant')?.failure?.error).toBe('ExecutionFAILED');
  });
});

describe('an event', () => {
  test('that comes twice, and at once, has one effect', async () => {
    await failingStep();
    await Promise.all([hear(), hear(), hear()]);
    await hear();
    expect(findings()).toHaveLength(1);
    expect(eventsOf(world, tenantId).filter(({ type }) => type === 'FindingOpened')).toHaveLength(1);
  });

  test('of a failure that comes after the redrive changes nothing', async () => {
    await failingStep();
    const failed = detail();
    Object.assign(execution(), { status: 'RUNNING', redriveCount: 1 });
    const before = world.snapshot();
    await hear(failed);
    expect(world.snapshot()).toEqual(before);
  });

  test('is believed while DescribeExecution does not know of it yet', async () => {
    await failingStep();
    const failed = detail();
    execution().status = 'RUNNING';
    await hear(failed);
    expect(open()).toMatchObject([{ kind: 'RunFailed' }]);
  });

  test('of an earlier generation says nothing of the present one', async () => {
    await failingStep();
    const failed = detail();
    const { run } = tenantOf(world, tenantId);
    changeTenant(world, tenantId, { run: { ...(run as NonNullable<typeof run>), generation: 2 } });
    await react(startOnboarding, tenantId);
    await hear(failed);
    expect(open()).toEqual([]);
  });

  test('of a redrive closes the finding at once', async () => {
    await failingStep();
    await hear();
    world.advance(1_000);
    Object.assign(execution(), { status: 'RUNNING', redriveCount: 1 });
    await hear();
    expect(open()).toEqual([]);
    expect(eventsOf(world, tenantId).at(-1)).toMatchObject({ type: 'FindingClosed', data: { reason: 'The run goes on.' } });
  });

  test('of a run that is finished meanwhile finds nothing', async () => {
    await failingStep();
    const failed = detail();
    changeTenant(world, tenantId, { unfinishedPartition: undefined as never });
    await hear(failed);
    expect(open()).toEqual([]);
  });

  test('of an onboarding that is given up to the end closes what was found of it', async () => {
    await failingStep();
    await hear();
    world.advance(1_000);
    const { run } = tenantOf(world, tenantId);
    const abandoning = { ...(run as NonNullable<typeof run>), runId: `abandon-${tenantId}` };
    changeTenant(world, tenantId, { status: 'ABANDONED', run: abandoning, unfinishedPartition: undefined as never });
    const executionArn = arn().replace(/[^:]+:[^:]+$/, `AbandonTenant:abandon-${tenantId}-1`);
    await hear({ executionArn, status: 'SUCCEEDED', error: null });
    expect(open()).toEqual([]);
    expect(eventsOf(world, tenantId).at(-1)).toMatchObject({ type: 'FindingClosed', data: { reason: 'The run is finished.' } });
  });

  test('of something else is refused, so that it lies among the dead letters', async () => {
    for (const input of ['{}', '{"tenantId":"x"}']) await expect(hear({ input })).rejects.toThrow(/no change of status/);
    await expect((handler as (event: unknown, context: unknown) => Promise<void>)({}, context())).rejects.toThrow(/no change of status/);
  });
});
