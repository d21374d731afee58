import { beforeEach, describe, expect, test } from '@jest/globals';
import { onboardSteps } from '../../../../contracts/steps.ts';
import type { VendedCredentials } from '../../../../contracts/vending.ts';
import { handler } from '../../../../lambdas/isolation/vend-credentials.ts';
import { changeTenant, runStep, stepInput, stepRecord, tenantBefore, tenantOf } from '../../../support/onboarding.ts';
import { context } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { awsError, newWorld, type World } from '../../../support/world.ts';

const output = collectOutput();
const vend = (request: unknown): Promise<VendedCredentials> => handler(request, context());
const refusal = (request: unknown) =>
  vend(request).then(
    () => 'credentials',
    ({ name }: Error) => name,
  );

let world: World;
let tenantId: string;
/** What EstablishIsolation asks while it is under way. */
let request: { record: { tenantId: string; runId: string; step: string }; generation: number; attempt: number };
let release: () => void;
let step: Promise<unknown>;
beforeEach(async () => {
  world = newWorld();
  tenantId = await tenantBefore(world, 'EstablishIsolation');
  const { runId, generation } = stepInput(world, tenantId);
  request = { record: { tenantId, runId, step: 'EstablishIsolation' }, generation, attempt: 1 };
  const held = world.hold('Invoke');
  release = held.release;
  step = runStep(world, 'EstablishIsolation', tenantId);
  await held.reached;
  expect(stepRecord(world, tenantId, 'EstablishIsolation')?.state).toBe('RUNNING');
});

test('gives the credentials of the tenant whose step is under way, and logs none of them', async () => {
  const credentials = await vend(request);
  expect(credentials.accessKeyId).toBe(`tenant:${tenantId}`);
  expect(output()).not.toContain(credentials.sessionToken);
  release();
  await step;
});

test('gives nothing once the step has ended', async () => {
  release();
  await step;
  expect(await refusal(request)).toBe('NotAllowed');
});

describe('while the step is under way, gives nothing', () => {
  test.each([
    ['to another attempt', () => ({ ...request, attempt: 2 })],
    ['to another generation', () => ({ ...request, generation: 2 })],
    ['to another run', () => ({ ...request, record: { ...request.record, runId: 'onboard-11111111-1111-4111-8111-111111111111' } })],
    [
      'for a tenant that does not exist',
      () => ({ ...request, record: { ...request.record, tenantId: '44444444-4444-4444-8444-444444444444' } }),
    ],
    ...onboardSteps
      .filter((name) => name !== 'EstablishIsolation')
      .map((name) => [`to ${name}`, () => ({ ...request, record: { ...request.record, step: name } })] as const),
  ] as const)('%s', async (_, other) => {
    expect(await refusal(other())).toBe('NotAllowed');
    expect(world.calls).not.toContain('AssumeRole');
    release();
    await step;
  });

  test('for another tenant, for whom the step is not under way', async () => {
    const other = await tenantBefore(world, 'EstablishIsolation');
    const { runId } = stepInput(world, other);
    expect(await refusal({ ...request, record: { ...request.record, tenantId: other, runId } })).toBe('NotAllowed');
    release();
    await step;
  });

  test('for a tenant that has another run by now', async () => {
    const run = { ...(tenantOf(world, tenantId).run as { runId: string; generation: number; startedAt: string }) };
    changeTenant(world, tenantId, { run: { ...run, runId: 'onboard-11111111-1111-4111-8111-111111111111' } });
    expect(await refusal(request)).toBe('NotAllowed');
    release();
    await expect(step).rejects.toMatchObject({ name: 'NotAllowed' });
  });

  test('for a tenant that is not being provisioned any more', async () => {
    changeTenant(world, tenantId, { status: 'ABANDONED' });
    expect(await refusal(request)).toBe('NotAllowed');
    release();
    await expect(step).rejects.toMatchObject({ name: 'NotAllowed' });
  });

  test.each([[undefined], [{}], [{ tenantId: 'x' }]])('to a request that names no record: %p', async (wrong) => {
    expect(await refusal(wrong)).toBe('InvalidInput');
    expect(await refusal({ ...request, tenantId })).toBe('InvalidInput');
    release();
    await step;
  });
});

test('what STS refuses is told to the step by its name, without its message', async () => {
  world.fail('AssumeRole', awsError('AccessDenied', 'client', 'arn:aws:iam::1:role/secret is not authorized'));
  release();
  await expect(step).rejects.toMatchObject({ name: 'AccessDenied', message: expect.not.stringContaining('arn:') });
  expect(stepRecord(world, tenantId, 'EstablishIsolation')?.failure).toMatchObject({
    class: 'bug',
    error: 'AccessDenied',
  });
});
