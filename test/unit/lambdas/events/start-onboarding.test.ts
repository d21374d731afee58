import { beforeEach, expect, test } from '@jest/globals';
import { RunInput } from '../../../../contracts/steps.ts';
import { handler } from '../../../../lambdas/events/start-onboarding.ts';
import { canary, changeTenant, react, signUp, signUpAndConfirm, tenantOf } from '../../../support/onboarding.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { awsError, newWorld, type World } from '../../../support/world.ts';

collectOutput();
let world: World;
let tenantId: string;
beforeEach(async () => {
  world = newWorld();
  tenantId = await signUpAndConfirm(world);
});
const done = { batchItemFailures: [] };
const executions = () => [...world.stateMachine.executions.values()];

test('starts the run under its own name, with ids as its only input', async () => {
  expect(await react(handler, tenantId)).toEqual(done);
  const { run } = tenantOf(world, tenantId);
  const [execution] = executions();
  expect(execution?.name).toBe(`${run?.runId}-1`);
  expect(execution?.name.length).toBeLessThanOrEqual(80);
  const input = JSON.parse(execution?.input ?? '');
  expect(RunInput.parse(input)).toEqual({ tenantId, runId: run?.runId, generation: 1 });
  expect(execution?.input).not.toContain(canary.email);
});

test('starts it once, however often the record comes: while it runs, after it has ended, and twice at once', async () => {
  await Promise.all([react(handler, tenantId), react(handler, tenantId)]);
  for (const execution of executions()) execution.status = 'SUCCEEDED';
  expect(await react(handler, tenantId, tenantId)).toEqual(done);
  expect(executions()).toMatchObject([{ status: 'SUCCEEDED' }]);
});

test('a start whose answer was lost is tried again and is the same start', async () => {
  world.loseAnswer('StartExecution', awsError('ThrottlingException'));
  expect(await react(handler, tenantId)).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
  expect(await react(handler, tenantId)).toEqual(done);
  expect(executions()).toHaveLength(1);
});

test('starts nothing for a tenant that waits, is further, or is unknown', async () => {
  const { tenantId: waiting } = await signUp();
  changeTenant(world, tenantId, { status: 'ACTIVE' });
  expect(await react(handler, waiting, tenantId, '99999999-9999-4999-8999-999999999999')).toEqual(done);
  expect(executions()).toEqual([]);
});
