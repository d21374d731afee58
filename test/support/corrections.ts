import type { RetryRequest } from '../../contracts/retry.ts';
import type { StepName } from '../../contracts/steps.ts';
import { handler } from '../../lambdas/api/retry-tenant.ts';
import { handler as startOnboarding } from '../../lambdas/events/start-onboarding.ts';
import { stepsOf } from '../../lambdas/shared/catalog.ts';
import { eventsOf, react, runStep, tenantBefore, tenantOf } from './onboarding.ts';
import { send, staffClaims } from './requests.ts';
import { awsError, type World } from './world.ts';

/* Onboardings that have failed, and what staff correct of them. */

export const reason = 'It was misspelt.';
export const rightAddress = 'zoe.richtig@example.com';

export const retry = (tenantId: string, input: unknown) =>
  send(handler, 'RetryTenant', { path: { tenantId }, body: { reason, input }, claims: staffClaims });
export const address = (email: string = rightAddress): RetryRequest['input'] => ({ administrator: { email } });

export const executionsOf = (world: World) => [...world.stateMachine.executions.values()];
export const correctionsOf = (world: World, tenantId: string) => eventsOf(world, tenantId).filter(({ type }) => type === 'InputCorrected');
/** The addresses of all users that there are. */
export const addressesOf = (world: World) => [...world.userPool.users.values()].map(({ attributes }) => attributes['email']);
export function endExecutions(world: World): void {
  for (const execution of executionsOf(world)) execution.status = 'FAILED';
}

/** A tenant whose execution is at a step; the steps before it are done. */
export async function underWay(world: World, step: StepName): Promise<string> {
  const tenantId = await tenantBefore(world, 'PlanTenant');
  await react(startOnboarding, tenantId);
  const steps = stepsOf('starter');
  for (const earlier of steps.slice(0, steps.indexOf(step))) await runStep(world, earlier, tenantId);
  return tenantId;
}

/** A tenant whose execution failed at a step, at this call of the step's. */
export async function failedAt(world: World, step: StepName, call: string, error: Error): Promise<string> {
  const tenantId = await underWay(world, step);
  world.fail(call, error);
  await runStep(world, step, tenantId).catch(() => undefined);
  endExecutions(world);
  return tenantId;
}

/** A tenant whose execution failed at CreateAdminUser, because Cognito does not take the address. */
export const failedTenant = (world: World) => failedAt(world, 'CreateAdminUser', 'AdminCreateUser', awsError('InvalidParameterException'));

/** The fourth call of a step that does nothing but write ends it, after the three that start it. */
const endingCall = 4;

async function failAtTheEnd(world: World, step: StepName, tenantId: string): Promise<void> {
  world.fail(world.calls.length + endingCall, awsError('AccessDeniedException'));
  await runStep(world, step, tenantId).catch(() => undefined);
  endExecutions(world);
}

/** A tenant whose execution failed after its user was made and tested. */
export async function failedAtActivation(world: World): Promise<string> {
  const tenantId = await underWay(world, 'ActivateTenant');
  await failAtTheEnd(world, 'ActivateTenant', tenantId);
  return tenantId;
}

/** A silo tenant that has its name, and whose execution failed at a later step. */
export async function failedWithName(world: World): Promise<string> {
  const tenantId = await tenantBefore(world, 'RegisterHostName');
  await react(startOnboarding, tenantId);
  await runStep(world, 'RegisterHostName', tenantId);
  await runStep(world, 'RegisterHostName', tenantId);
  await failAtTheEnd(world, 'EnqueueBilling', tenantId);
  return tenantId;
}

/** Asks the step until it is done, with the certificate issued as soon as it was asked for. */
export async function registerName(world: World, tenantId: string): Promise<void> {
  for (let asked = 0; asked < 10; asked += 1) {
    if ((await runStep(world, 'RegisterHostName', tenantId))['ready']) return;
    world.certificates.become(`${tenantOf(world, tenantId).slug}.tenants.example.com`, 'ISSUED');
  }
  throw new Error('The step does not end.');
}
