import { describe, expect, test } from '@jest/globals';
import tiers from '../../../../catalog/tiers.json' with { type: 'json' };
import type { StepName } from '../../../../contracts/steps.ts';
import { handler } from '../../../../lambdas/api/get-signup.ts';
import { pauseOnboarding, resumeOnboarding } from '../../../../lambdas/shared/breaker.ts';
import { stepsOf } from '../../../../lambdas/shared/catalog.ts';
import { signupSecrets } from '../../../../lambdas/shared/signup-secrets.ts';
import {
  confirm,
  mailedToken,
  onboardedTenant,
  runStep,
  signUp,
  signUpAndConfirm,
  tenantBefore,
  tenantOf,
} from '../../../support/onboarding.ts';
import { send } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { awsError, newWorld, type World } from '../../../support/world.ts';

const starterSteps = stepsOf('starter');

collectOutput();

async function signUpWithToken(): Promise<{ tenantId: string; token: string }> {
  const { tenantId, statusUrl } = await signUp();
  return { tenantId, token: new URL(statusUrl).searchParams.get('token') as string };
}
const get = (tenantId: string, token: string) => send(handler, 'GetSignup', { path: { tenantId }, query: { token } });

/** How long the tier that signs up expects the steps from this one on to take. */
function secondsFrom(first: StepName): number {
  const steps = tiers.find(({ tier }) => tier === 'starter')?.steps ?? [];
  const rest = steps.slice(steps.findIndex(({ step }) => step === first));
  return rest.reduce((seconds, { expectedDurationSeconds }) => seconds + expectedDurationSeconds, 0);
}

/** Derived as the product derives it: tenants that were brought further did not keep their signup's answer. */
const readerTokenOf = async (world: World, tenantId: string) =>
  (await signupSecrets(tenantOf(world, tenantId).signupKeyHash)).readerToken(tenantId);

describe('with its token', () => {
  test('shows a signup that waits for its mail to be confirmed', async () => {
    newWorld();
    const { tenantId, token } = await signUpWithToken();
    const { status, body } = await get(tenantId, token);
    expect(status).toBe(200);
    const expectedDurationSeconds = secondsFrom('PlanTenant');
    expect(expectedDurationSeconds).toBeGreaterThan(secondsFrom('TestTenant'));
    expect(body).toMatchObject({ tenantId, status: 'PENDING', since: '2026-11-20T08:00:00.000Z', expectedDurationSeconds });
    expect(body.next).toMatchObject([{ action: 'confirm-email' }]);
    expect(body.steps.map(({ step, state, attempt }: Record<string, unknown>) => [step, state, attempt])).toEqual(
      starterSteps.map((step) => [step, 'WAITING', 0]),
    );
  });

  test('says so while the run waits for onboarding to go on', async () => {
    const world = newWorld();
    const { tenantId, token } = await signUpWithToken();
    await confirm(world, tenantId);
    await pauseOnboarding({ actor: { kind: 'staff', id: 'operator' }, reason: 'The region has trouble.' });
    const { body } = await get(tenantId, token);
    expect(body.next).toEqual([{ action: 'wait', description: expect.stringMatching(/^New tenants are not set up at the moment\./) }]);
    expect(JSON.stringify(body)).not.toContain('trouble');
    await resumeOnboarding({ actor: { kind: 'staff', id: 'operator' }, reason: 'It is over.' });
    expect((await get(tenantId, token)).body.next).toMatchObject([{ action: 'wait', description: expect.stringMatching(/being set up/) }]);
  });

  test('shows each step with its label, its state, since when, and how long the rest should take', async () => {
    const world = newWorld();
    const tenantId = await tenantBefore(world, 'TestTenant');
    const { body } = await get(tenantId, await readerTokenOf(world, tenantId));
    expect(body).toMatchObject({ status: 'PROVISIONING', expectedDurationSeconds: secondsFrom('TestTenant'), next: [{ action: 'wait' }] });
    expect(body.steps.find(({ step }: { step: string }) => step === 'CreateAdminUser')).toEqual({
      step: 'CreateAdminUser',
      label: 'Create admin user',
      state: 'SUCCEEDED',
      attempt: 1,
      since: '2026-11-20T08:00:00.000Z',
      expectedDurationSeconds: 5,
    });
  });

  test('says after a failure why, and what happens next, in words and without anything of ours', async () => {
    const world = newWorld();
    const tenantId = await tenantBefore(world, 'CreateAdminUser');
    world.fail('AdminCreateUser', awsError('AccessDeniedException', 'client', 'arn:aws:iam::1:role/x is not authorized'));
    await expect(runStep(world, 'CreateAdminUser', tenantId)).rejects.toThrow();
    const { body, text } = await get(tenantId, await readerTokenOf(world, tenantId));
    const failed = body.steps.find(({ state }: { state: string }) => state === 'FAILED');
    expect(failed).toMatchObject({ step: 'CreateAdminUser', attempt: 1 });
    expect(failed.failure).toEqual({
      reason: 'This step lacks a permission that it needs.',
      nextAction: expect.stringMatching(/operators .*\.$/),
    });
    expect(body.next).toMatchObject([{ action: 'wait', description: expect.stringContaining('failed') }]);
    expect(text).not.toMatch(/arn:|AccessDenied|PooledTenantRole|eu-central-1_/);
  });

  test('tells how to sign in when it is done, and expects nothing more', async () => {
    const world = newWorld();
    const tenantId = await onboardedTenant(world);
    const { body, text } = await get(tenantId, await readerTokenOf(world, tenantId));
    expect(body).toMatchObject({ status: 'ACTIVE', expectedDurationSeconds: 0, next: [{ action: 'sign-in' }] });
    expect(text).not.toMatch(/arn:|kanarienvogel|onboard-/i);
  });

  test('promises no sign-in while the invitation has failed', async () => {
    const world = newWorld();
    const tenantId = await tenantBefore(world, 'InviteAdministrator');
    world.fail('AdminGetUser', awsError('TooManyRequestsException'));
    await expect(runStep(world, 'InviteAdministrator', tenantId)).rejects.toThrow();
    const { body } = await get(tenantId, await readerTokenOf(world, tenantId));
    expect(body).toMatchObject({ status: 'ACTIVE', next: [{ action: 'wait' }] });
  });
});

describe('without its token', () => {
  test('a wrong, an expired and another signup’s token and an unknown tenant are the same 404', async () => {
    const world = newWorld();
    const { tenantId, token } = await signUpWithToken();
    const other = await signUpWithToken();
    const wrong = await get(tenantId, 'x'.repeat(43));
    const foreign = await get(tenantId, other.token);
    const unknown = await get('99999999-9999-4999-8999-999999999999', token);
    world.advance(30 * 86_400_000);
    const expired = await get(tenantId, token);
    world.advance(86_400_000);
    const longExpired = await get(tenantId, token);
    for (const { status, text } of [wrong, foreign, unknown, expired, longExpired]) expect([status, text]).toEqual([404, wrong.text]);
  });

  test('the confirmation token does not read', async () => {
    const world = newWorld();
    const tenantId = await signUpAndConfirm(world);
    expect((await get(tenantId, mailedToken(world))).status).toBe(404);
  });

  test.each([
    ['missing', {}, 'token'],
    ['too short', { token: 'abc' }, 'token'],
    ['given twice', { token: ['x'.repeat(43), 'y'.repeat(43)] }, 'token'],
    ['with another parameter', { token: 'x'.repeat(43), admin: 'true' }, 'admin'],
  ])('a token that is %s is 400 and names the field', async (_, query, field) => {
    newWorld();
    const { tenantId } = await signUpWithToken();
    const { status, body } = await send(handler, 'GetSignup', { path: { tenantId }, query: query as Record<string, string> });
    expect([status, body.errors.map((error: { field: string }) => error.field)]).toEqual([400, [field]]);
  });

  test.each(['17', '../tenants', '99999999-9999-4999-8999-99999999999A'])('a tenant id that is none is 400: %s', async (tenantId) => {
    const world = newWorld();
    const { status, body } = await get(tenantId, 'x'.repeat(43));
    expect([status, body.errors[0].field]).toEqual([400, 'tenantId']);
    expect(world.calls).toEqual([]);
  });
});
