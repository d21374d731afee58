import type { Context } from 'aws-lambda';
import type { SignupAccepted } from '../../contracts/signup.ts';
import { abandonSteps, type StepInput, type StepName } from '../../contracts/steps.ts';
import type { AuditEvent } from '../../contracts/tenant.ts';
import { handler as abandonTenant } from '../../lambdas/api/abandon-tenant.ts';
import { handler as confirmSignup } from '../../lambdas/api/confirm-signup.ts';
import { handler as createSignup } from '../../lambdas/api/create-signup.ts';
import { handler as sendConfirmation } from '../../lambdas/events/send-confirmation.ts';
import { handler as startOnboarding } from '../../lambdas/events/start-onboarding.ts';
import { stepsOf } from '../../lambdas/shared/catalog.ts';
import type { StepRecord, Tenant } from '../../lambdas/shared/tenants.ts';
import { context, send, staffClaims } from './requests.ts';
import { tables, type World } from './world.ts';

/* Brings a tenant of its own to any place of its onboarding, by the handlers themselves. */

/** A name and an address that must be found nowhere but in the people store, Cognito and a mail. */
export const canary = { name: 'Zoë Kanarienvogel', email: 'zoe.kanarienvogel@example.com', organisation: 'Kanarienvogel & Söhne' };

export const signupBody = (changes: Record<string, unknown> = {}) => ({
  organisationName: canary.organisation,
  slug: 'kanal-17',
  administrator: { name: canary.name, email: canary.email },
  tier: 'starter',
  region: 'eu-central-1',
  termsVersion: '2026-11-01',
  ...changes,
});

let signups = 0;
/** An Idempotency-Key that no other test uses. */
export const newSignupKey = () => {
  signups += 1;
  return `signup-of-a-test-${signups}`;
};

export async function signUp(changes: Record<string, unknown> = {}, key = newSignupKey()): Promise<SignupAccepted> {
  const { status, body, text } = await send(createSignup, 'CreateSignup', {
    headers: { 'Idempotency-Key': key },
    body: signupBody({ slug: `tenant-${signups}`, ...changes }),
  });
  if (status !== 202) throw new Error(`The signup was refused: ${text}`);
  return body;
}

/** A record of the Tenants table's stream, as Lambda hands it over. */
const streamEvent = (...tenantIds: string[]) => ({
  Records: tenantIds.map((tenantId, place) => ({
    eventID: `event-${place}`,
    dynamodb: { SequenceNumber: String(place + 1), NewImage: { tenantId: { S: tenantId }, sk: { S: 'TENANT' } } },
  })),
});

/** Reacts to a stream's record as the handler's function does. */
export const react = (handler: unknown, ...tenantIds: string[]) =>
  (handler as (event: object, context: Context) => Promise<{ batchItemFailures: { itemIdentifier: string }[] }>)(
    streamEvent(...tenantIds),
    context(),
  );

/** The token in the newest confirmation mail. */
export const mailedToken = (world: World) => /confirmation\?token=([\w-]+)/.exec(world.mails.at(-1)?.text ?? '')?.[1] as string;

/** Signs up and confirms the address by the link in the mail. */
export async function signUpAndConfirm(world: World, changes: Record<string, unknown> = {}): Promise<string> {
  const { tenantId } = await signUp(changes);
  await confirm(world, tenantId);
  return tenantId;
}

/** Confirms the address of a signup by the link in its mail. */
export async function confirm(world: World, tenantId: string): Promise<void> {
  await react(sendConfirmation, tenantId);
  const { status, text } = await send(confirmSignup, 'ConfirmSignup', { path: { tenantId }, body: { token: mailedToken(world) } });
  if (status !== 202) throw new Error(`The confirmation was refused: ${text}`);
}

export const tenantOf = (world: World, tenantId: string) =>
  world.database.get({ TableName: tables.tenants, Key: { pk: `TENANT#${tenantId}`, sk: 'TENANT' } }).Item as unknown as Tenant;

/** Changes fields of a head behind the handlers' back. */
export const changeTenant = (world: World, tenantId: string, changes: Partial<Tenant>) =>
  world.database.place(tables.tenants, { ...tenantOf(world, tenantId), ...changes } as never);

export const stepRecord = (world: World, tenantId: string, step: StepName) =>
  world.database.get({
    TableName: tables.tenants,
    Key: { pk: `TENANT#${tenantId}`, sk: `STEP#${tenantOf(world, tenantId).run?.runId}#${step}` },
  }).Item as unknown as StepRecord | undefined;

/** A tenant's audit chain, in its order. */
export const eventsOf = (world: World, tenantId: string) =>
  (world.database.all(tables.events) as unknown as AuditEvent[])
    .filter((event) => event.tenantId === tenantId)
    .sort((one, other) => one.seq - other.seq);

export type StepHandler = (event: unknown, context: Context) => Promise<Record<string, unknown>>;

/** The handler of a step, from the file that its name says. */
export async function stepHandlerOf(step: StepName): Promise<StepHandler> {
  const file = step.replace(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
  return (await import(`../../lambdas/steps/${file}.ts`)).handler as StepHandler;
}

export const stepInput = (world: World, tenantId: string, changes: Partial<StepInput> = {}): StepInput => {
  const { run } = tenantOf(world, tenantId);
  if (!run) throw new Error('The tenant has no run.');
  return { tenantId, runId: run.runId, generation: run.generation, redriveCount: 0, retryCount: 0, ...changes };
};

/** Runs a step once, as the workflow does. */
export const runStep = async (world: World, step: StepName, tenantId: string, changes: Partial<StepInput> = {}) =>
  (await stepHandlerOf(step))(stepInput(world, tenantId, changes), context());

/** What the stack of a tenant's silo is called, and by what it is told that it is the tenant's. */
export const siloStackOf = (tenantId: string) => ({
  StackName: `Tenantry-Silo-${tenantId}`,
  Tags: [
    { Key: 'tenantry:tenantId', Value: tenantId },
    { Key: 'tenantry:templateVersion', Value: '0123456789ab' },
  ],
});

/** A tenant that will have a silo, and pays already. */
export async function siloTenant(world: World): Promise<string> {
  const tenantId = await signUpAndConfirm(world);
  changeTenant(world, tenantId, { tier: 'enterprise' });
  await runStep(world, 'PlanTenant', tenantId);
  return tenantId;
}

/** The name of a tenant with a silo. */
export const hostNameOf = (world: World, tenantId: string) => `${tenantOf(world, tenantId).slug}.tenants.example.com`;

/** A tenant whose silo is there; its name and its certificate are not. */
export async function tenantWithSilo(world: World): Promise<string> {
  const tenantId = await tenantBefore(world, 'DeploySilo');
  await runStep(world, 'DeploySilo', tenantId);
  return tenantId;
}

/** A tenant that has all steps before this one behind it. Where the step is for silos alone, what it waits for has just been made. */
export async function tenantBefore(world: World, step: StepName, changes: Record<string, unknown> = {}): Promise<string> {
  if (step === 'DeploySilo') {
    const tenantId = await siloTenant(world);
    world.silos.create(siloStackOf(tenantId));
    world.silos.become(siloStackOf(tenantId).StackName, 'CREATE_COMPLETE');
    return tenantId;
  }
  if (step === 'RegisterHostName') {
    const tenantId = await tenantWithSilo(world);
    const DomainName = hostNameOf(world, tenantId);
    world.certificates.request({ DomainName, Tags: [{ Key: 'tenantry:tenantId', Value: tenantId }] });
    world.certificates.become(DomainName, 'ISSUED');
    return tenantId;
  }
  const tenantId = await signUpAndConfirm(world, changes);
  const steps = stepsOf(step === 'EnqueueBilling' ? 'business' : 'starter');
  for (const earlier of steps.slice(0, steps.indexOf(step))) await runStep(world, earlier, tenantId);
  return tenantId;
}

/** Gives a tenant up, as staff do. */
export async function abandon(tenantId: string): Promise<void> {
  const body = { reason: 'The customer has withdrawn.' };
  const { status, text } = await send(abandonTenant, 'AbandonTenant', { path: { tenantId }, body, claims: staffClaims });
  if (status !== 202) throw new Error(`The tenant could not be abandoned: ${text}`);
}

/** A tenant whose silo could not be made. */
export async function tenantWithFailedSilo(world: World): Promise<string> {
  const tenantId = await siloTenant(world);
  world.silos.create(siloStackOf(tenantId));
  world.silos.become(siloStackOf(tenantId).StackName, 'ROLLBACK_COMPLETE');
  return tenantId;
}

/** A tenant whose silo has its name and its certificate. */
async function tenantWithName(world: World): Promise<string> {
  const tenantId = await tenantBefore(world, 'RegisterHostName');
  await runStep(world, 'RegisterHostName', tenantId);
  await runStep(world, 'RegisterHostName', tenantId);
  return tenantId;
}

const ofSilos: readonly StepName[] = ['ReleaseHostName', 'EmptySilo', 'DeleteSilo'];

/**
 * An abandoned tenant that has all steps before this one behind it; everything of its onboarding is made but the activation. Where the step is for silos alone, it has a silo; CloudFormation
 * has just deleted that where the step waits for it.
 */
export async function abandonedBefore(world: World, step: StepName): Promise<string> {
  const tenantId = await (ofSilos.includes(step) ? tenantWithName(world) : tenantBefore(world, 'ActivateTenant'));
  await react(startOnboarding, tenantId);
  await abandon(tenantId);
  // Longer than any function that was under way can still be.
  world.advance(26_000);
  for (const earlier of abandonSteps.slice(0, abandonSteps.indexOf(step as never))) await runStep(world, earlier, tenantId);
  if (step === 'DeleteSilo') world.silos.become(siloStackOf(tenantId).StackName, 'DELETE_COMPLETE');
  return tenantId;
}

/** A tenant that is onboarded. */
export async function onboardedTenant(world: World, changes: Record<string, unknown> = {}): Promise<string> {
  const tenantId = await signUpAndConfirm(world, changes);
  for (const step of stepsOf('starter')) await runStep(world, step, tenantId);
  return tenantId;
}
