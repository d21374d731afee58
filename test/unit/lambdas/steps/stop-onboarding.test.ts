import { beforeEach, expect, test } from '@jest/globals';
import { handler as startOnboarding } from '../../../../lambdas/events/start-onboarding.ts';
import { abandon, react, runStep, signUp, stepRecord, tenantBefore } from '../../../support/onboarding.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { newWorld, type World } from '../../../support/world.ts';

collectOutput();
let world: World;
beforeEach(() => {
  world = newWorld();
});

test('stops the execution, and goes on only when no function of the onboarding can be under way any more', async () => {
  const tenantId = await tenantBefore(world, 'CreateAdminUser');
  await react(startOnboarding, tenantId);
  await abandon(tenantId);
  const [onboarding] = world.stateMachine.executions.values();
  expect(await runStep(world, 'StopOnboarding', tenantId)).toMatchObject({ ready: false, askAgainSeconds: 25 });
  expect(onboarding?.status).toBe('ABORTED');
  world.advance(20_000);
  expect(await runStep(world, 'StopOnboarding', tenantId)).toMatchObject({ ready: false, askAgainSeconds: 5 });
  world.advance(5_000);
  expect(await runStep(world, 'StopOnboarding', tenantId)).toMatchObject({ ready: true });
  expect(stepRecord(world, tenantId, 'StopOnboarding')).toMatchObject({ state: 'SUCCEEDED', attempt: 1 });
});

test('waits for nothing where no onboarding had begun', async () => {
  const { tenantId } = await signUp();
  await abandon(tenantId);
  expect(await runStep(world, 'StopOnboarding', tenantId)).toMatchObject({ ready: true });
  expect(world.calls).not.toContain('StopExecution');
});

test('an execution that was never started is nothing to stop', async () => {
  const tenantId = await tenantBefore(world, 'PlanTenant');
  await abandon(tenantId);
  expect(await runStep(world, 'StopOnboarding', tenantId)).toMatchObject({ ready: false });
});
