import { beforeEach, describe, expect, test } from '@jest/globals';
import { handler } from '../../../../lambdas/api/redrive-tenant.ts';
import { handler as startOnboarding } from '../../../../lambdas/events/start-onboarding.ts';
import { expectWholeChain } from '../../../support/chain.ts';
import { changeTenant, eventsOf, react, runStep, signUp, tenantBefore } from '../../../support/onboarding.ts';
import { send, staffClaims } from '../../../support/requests.ts';
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
  test('before its execution has been started', async () => {
    await expectRefused(await tenantBefore(world, 'PlanTenant'), /does not exist/);
  });
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
