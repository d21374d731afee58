import { beforeEach, describe, expect, test } from '@jest/globals';
import { abandonSteps, type StepName } from '../../../../contracts/steps.ts';
import { handler } from '../../../../lambdas/api/abandon-tenant.ts';
import { handler as createSignup } from '../../../../lambdas/api/create-signup.ts';
import { handler as redriveTenant } from '../../../../lambdas/api/redrive-tenant.ts';
import { handler as startOnboarding } from '../../../../lambdas/events/start-onboarding.ts';
import { expectWholeChain } from '../../../support/chain.ts';
import {
  changeTenant,
  eventsOf,
  newSignupKey,
  onboardedTenant,
  react,
  runStep,
  signUp,
  signupBody,
  stepHandlerOf,
  stepInput,
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

const reason = 'The customer has withdrawn.';
const abandon = (tenantId: string, body: unknown = { reason }) =>
  send(handler, 'AbandonTenant', { path: { tenantId }, body, claims: staffClaims });
const executions = () => [...world.stateMachine.executions.values()];
const events = (tenantId: string) => eventsOf(world, tenantId).filter(({ type }) => type === 'Abandoned');

test('moves the tenant and starts what undoes it, with who and why in the audit chain', async () => {
  const tenantId = await tenantBefore(world, 'CreateAdminUser');
  const { run: onboarding } = tenantOf(world, tenantId);
  const { status, body } = await abandon(tenantId);
  expect([status, body]).toEqual([202, { tenantId, status: 'ABANDONED', runId: expect.stringMatching(/^abandon-/), generation: 1 }]);
  expect(tenantOf(world, tenantId)).toMatchObject({
    status: 'ABANDONED',
    run: { runId: body.runId, undoes: { runId: onboarding?.runId, generation: 1 } },
    unfinishedPartition: expect.any(String),
  });
  expect(executions()).toMatchObject([
    { name: `${body.runId}-1`, input: JSON.stringify({ tenantId, runId: body.runId, generation: 1 }), status: 'RUNNING' },
  ]);
  expect(events(tenantId)).toMatchObject([
    { actor: { kind: 'staff', id: staffClaims.sub }, reason, data: { from: 'PROVISIONING', to: 'ABANDONED' } },
  ]);
  expectWholeChain(eventsOf(world, tenantId));
});

test('the steps of its onboarding are refused from then on, and change nothing', async () => {
  const tenantId = await tenantBefore(world, 'CreateAdminUser');
  const input = stepInput(world, tenantId);
  await abandon(tenantId);
  const before = world.snapshot();
  await expect((await stepHandlerOf('CreateAdminUser'))(input, context())).rejects.toMatchObject({ name: 'NotAllowed' });
  expect(world.snapshot()).toEqual(before);
});

test('asked twice, or by two at once, starts one run', async () => {
  const { tenantId } = await signUp();
  const answers = await Promise.all([abandon(tenantId), abandon(tenantId)]);
  answers.push(await abandon(tenantId));
  expect(new Set(answers.map(({ status, body }) => `${status} ${body.runId}`)).size).toBe(1);
  expect(executions()).toHaveLength(1);
  expect(events(tenantId)).toHaveLength(1);
});

test('ends between the commit and the start: asked again, starts the run', async () => {
  const { tenantId } = await signUp();
  world.fail('StartExecution', awsError('ServiceUnavailable', 'server'));
  expect((await abandon(tenantId)).status).toBe(503);
  expect(executions()).toEqual([]);
  expect((await abandon(tenantId)).status).toBe(202);
  expect(executions()).toHaveLength(1);
});

test('its Idempotency-Key says that the signup was abandoned, at once', async () => {
  const key = newSignupKey();
  const request = signupBody({ slug: 'given-up' });
  const post = (body: object) => send(createSignup, 'CreateSignup', { headers: { 'Idempotency-Key': key }, body });
  const { tenantId } = (await post(request)).body;
  await abandon(tenantId);
  const again = await post(request);
  expect([again.status, again.body.type]).toEqual([410, 'urn:problem-type:tenantry:signup-abandoned']);
  expect((await post({ ...request, slug: 'another' })).status).toBe(422);
});

describe('is 409, says why, and writes nothing', () => {
  test.each(['ACTIVE', 'SUSPENDED', 'DEPROVISIONING', 'DEPROVISIONED', 'EXPIRED'] as const)('when the tenant is %s', async (status) => {
    const tenantId = await onboardedTenant(world);
    changeTenant(world, tenantId, { status });
    const before = world.snapshot();
    const { status: code, body } = await abandon(tenantId);
    expect([code, body.type, body.detail]).toEqual([
      409,
      'urn:problem-type:tenantry:not-abandonable',
      expect.stringContaining(`The tenant is ${status}`),
    ]);
    expect(world.snapshot()).toEqual(before);
  });
});

test('is 404 for an unknown tenant, and 400 without a reason', async () => {
  expect((await abandon('99999999-9999-4999-8999-999999999999')).status).toBe(404);
  const { tenantId } = await signUp();
  expect((await abandon(tenantId, {})).body.errors[0].field).toBe('/reason');
});

test('a step that fails is redriven as those of an onboarding are', async () => {
  const tenantId = await tenantBefore(world, 'ActivateTenant');
  await react(startOnboarding, tenantId);
  const { runId } = (await abandon(tenantId)).body;
  const execution = executions().at(-1);
  if (execution) execution.status = 'FAILED';
  const { status, body } = await send(redriveTenant, 'RedriveTenant', { path: { tenantId }, body: { reason }, claims: staffClaims });
  expect([status, body]).toMatchObject([202, { runId, way: 'redrive', redriveCount: 1 }]);
  expect(executions().at(-1)).toMatchObject({ name: `${runId}-1`, status: 'RUNNING' });
});

test('from each place of an onboarding, ends with nothing left', async () => {
  for (const step of ['PlanTenant', 'EstablishIsolation', 'CreateAdminUser', 'TestTenant', 'ActivateTenant'] as StepName[]) {
    world = newWorld();
    const tenantId = await tenantBefore(world, step);
    await abandon(tenantId);
    world.advance(26_000);
    for (const undo of abandonSteps) await runStep(world, undo, tenantId);
    const { users, objects, tables } = world.snapshot();
    expect({ step, users, objects, people: tables['People'], keys: tables['PeopleKeys'], data: tables['TenantData'] }).toEqual({
      step,
      users: [],
      objects: [],
      people: [],
      keys: [],
      data: [],
    });
    expect(world.busEvents).toHaveLength(1);
    expectWholeChain(eventsOf(world, tenantId));
  }
});
