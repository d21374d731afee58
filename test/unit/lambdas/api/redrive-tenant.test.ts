import { beforeEach, describe, expect, test } from '@jest/globals';
import { handler } from '../../../../lambdas/api/redrive-tenant.ts';
import { handler as startOnboarding } from '../../../../lambdas/events/start-onboarding.ts';
import { expectWholeChain } from '../../../support/chain.ts';
import {
  changeTenant,
  eventsOf,
  onboardedTenant,
  react,
  runStep,
  signUp,
  stepHandlerOf,
  stepInput,
  stepRecord,
  tenantBefore,
  tenantOf,
} from '../../../support/onboarding.ts';
import { context, send, staffClaims } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { awsError, newWorld, type World } from '../../../support/world.ts';

collectOutput();
let world: World;
beforeEach(() => {
  world = newWorld();
});

const redrive = (tenantId: string, body: unknown = { reason: 'The quota has been raised.' }) =>
  send(handler, 'RedriveTenant', { path: { tenantId }, body, claims: staffClaims });
const executions = () => [...world.stateMachine.executions.values()];
const requests = (tenantId: string) => eventsOf(world, tenantId).filter(({ type }) => type === 'RedriveRequested');

/** A tenant whose execution failed at CreateAdminUser. */
async function failedTenant(): Promise<string> {
  const tenantId = await tenantBefore(world, 'CreateAdminUser');
  await react(startOnboarding, tenantId);
  world.fail('AdminCreateUser', awsError('LimitExceededException'));
  await runStep(world, 'CreateAdminUser', tenantId).catch(() => undefined);
  for (const execution of executions()) execution.status = 'FAILED';
  return tenantId;
}

test('goes on from the failed step, with who and why in the audit chain', async () => {
  const tenantId = await failedTenant();
  const { status, body } = await redrive(tenantId);
  expect(status).toBe(202);
  expect(body).toMatchObject({ tenantId, generation: 1, redriveCount: 1, step: 'CreateAdminUser' });
  expect(executions()).toMatchObject([{ status: 'RUNNING', redriveCount: 1 }]);
  expect(requests(tenantId)).toMatchObject([
    {
      actor: { kind: 'staff', id: staffClaims.sub },
      reason: 'The quota has been raised.',
      step: 'CreateAdminUser',
      data: { redriveCount: 1 },
    },
  ]);
  expectWholeChain(eventsOf(world, tenantId));
});

test('a second redrive has the next number', async () => {
  const tenantId = await failedTenant();
  await redrive(tenantId);
  for (const execution of executions()) execution.status = 'FAILED';
  expect((await redrive(tenantId)).body.redriveCount).toBe(2);
  expect(requests(tenantId).map(({ data }) => data['redriveCount'])).toEqual([1, 2]);
});

test('two members of staff at once redrive it once', async () => {
  const tenantId = await failedTenant();
  const answers = await Promise.all([redrive(tenantId), redrive(tenantId)]);
  expect(answers.map(({ status }) => status)).toEqual([202, 202]);
  expect(executions()).toMatchObject([{ redriveCount: 1 }]);
  expect(requests(tenantId)).toHaveLength(1);
  expectWholeChain(eventsOf(world, tenantId));
});

test('no redrive happens without its event', async () => {
  const tenantId = await failedTenant();
  world.fail('TransactWrite', awsError('ThrottlingException'));
  expect((await redrive(tenantId)).status).toBe(503);
  expect(executions()).toMatchObject([{ status: 'FAILED', redriveCount: 0 }]);
});

describe('is 409, says why, and writes nothing', () => {
  const expectRefused = async (tenantId: string, detail: RegExp) => {
    const before = world.snapshot();
    const { status, body } = await redrive(tenantId);
    expect([status, body.type]).toEqual([409, 'urn:problem-type:tenantry:not-redrivable']);
    expect(body.detail).toMatch(detail);
    expect(world.snapshot()).toEqual(before);
  };

  test('while it runs', async () => {
    const tenantId = await failedTenant();
    for (const execution of executions()) execution.status = 'RUNNING';
    await expectRefused(tenantId, /in progress/);
  });
  test('after it has succeeded', async () => {
    const tenantId = await failedTenant();
    for (const execution of executions()) execution.status = 'SUCCEEDED';
    await expectRefused(tenantId, /SUCCEEDED/);
  });
  test('before it has a run', async () => {
    const { tenantId } = await signUp();
    await expectRefused(tenantId, /no run yet/);
  });
  test('when the tenant has ended meanwhile', async () => {
    const tenantId = await failedTenant();
    changeTenant(world, tenantId, { status: 'ABANDONED' });
    await expectRefused(tenantId, /ABANDONED/);
  });
  test('when its execution is gone and all of its steps are done', async () => {
    await expectRefused(await onboardedTenant(world), /nothing left to do/);
  });
  test('when a new generation is asked for while it runs', async () => {
    const tenantId = await failedTenant();
    for (const execution of executions()) execution.status = 'RUNNING';
    const { status, body } = await redrive(tenantId, { reason: 'Again.', newGeneration: true });
    expect([status, body.detail]).toEqual([409, expect.stringMatching(/in progress/)]);
  });
});

describe('starts a new generation', () => {
  const generations = (tenantId: string) => eventsOf(world, tenantId).filter(({ type }) => type === 'GenerationStarted');
  const reason = 'The quota has been raised.';

  const expectNewGeneration = async (tenantId: string, because: RegExp, body: object = { reason }) => {
    const answer = await redrive(tenantId, body);
    expect([answer.status, answer.body]).toMatchObject([202, { tenantId, generation: 2, way: 'new-generation', redriveCount: 0 }]);
    const { runId } = answer.body;
    expect(tenantOf(world, tenantId).run).toMatchObject({ runId, generation: 2 });
    expect(executions().at(-1)).toMatchObject({
      name: `${runId}-2`,
      status: 'RUNNING',
      input: JSON.stringify({ tenantId, runId, generation: 2 }),
    });
    expect(generations(tenantId)).toMatchObject([
      { actor: { kind: 'staff', id: staffClaims.sub }, reason, generation: 2, data: { because: expect.stringMatching(because) } },
    ]);
    expect(requests(tenantId)).toEqual([]);
    expectWholeChain(eventsOf(world, tenantId));
  };

  test('when it is asked for', async () => {
    await expectNewGeneration(await failedTenant(), /asked for/, { reason, newGeneration: true });
  });
  test('when Step Functions redrives the execution no more', async () => {
    const tenantId = await failedTenant();
    for (const execution of executions()) execution.redrivableNoMore = 'Execution redrivable period exceeded';
    await expectNewGeneration(tenantId, /redrivable period exceeded/);
  });
  test('when the execution was deleted, or has never been started', async () => {
    const tenantId = await failedTenant();
    world.stateMachine.executions.clear();
    await expectNewGeneration(tenantId, /does not exist/);
  });

  test('whose finished steps answer their records, while the old generation is refused', async () => {
    const tenantId = await failedTenant();
    const old = stepInput(world, tenantId);
    const planned = stepRecord(world, tenantId, 'PlanTenant');
    await redrive(tenantId, { reason, newGeneration: true });
    const before = world.snapshot();
    expect(await runStep(world, 'PlanTenant', tenantId)).toEqual(planned?.result);
    await expect((await stepHandlerOf('CreateAdminUser'))(old, context())).rejects.toMatchObject({ name: 'NotAllowed' });
    expect(world.snapshot()).toEqual(before);
    await runStep(world, 'CreateAdminUser', tenantId);
    expect(stepRecord(world, tenantId, 'CreateAdminUser')).toMatchObject({ state: 'SUCCEEDED', generation: 2, attempt: 2 });
  });

  test('once, however many ask at the same time', async () => {
    const tenantId = await failedTenant();
    const asked = { reason, newGeneration: true };
    const answers = await Promise.all([redrive(tenantId, asked), redrive(tenantId, asked)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409]);
    expect(executions()).toHaveLength(2);
    expect(generations(tenantId)).toHaveLength(1);
  });
});

test('says that the definition has changed since the execution started, and goes on by the old one', async () => {
  const tenantId = await failedTenant();
  expect((await redrive(tenantId)).body).toMatchObject({ way: 'redrive', definitionChanged: false });
  for (const execution of executions()) execution.status = 'FAILED';
  world.stateMachine.definition = '{"StartAt":"CheckTenant"}';
  expect((await redrive(tenantId)).body).toMatchObject({ way: 'redrive', definitionChanged: true });
});

test.each([[undefined], [''], ['  '], ['a\nb'], ['x'.repeat(501)], [7]])(
  'is 400 without a reason that says something: %p',
  async (reason) => {
    const tenantId = await failedTenant();
    const { status, body } = await redrive(tenantId, { reason });
    expect([status, body.errors[0].field]).toEqual([400, '/reason']);
    expect(requests(tenantId)).toEqual([]);
  },
);

test('is 404 for an unknown tenant', async () => {
  expect((await redrive('99999999-9999-4999-8999-999999999999')).status).toBe(404);
});
