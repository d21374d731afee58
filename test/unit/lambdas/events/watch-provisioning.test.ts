import { beforeEach, expect, test } from '@jest/globals';
import { handler } from '../../../../lambdas/events/watch-provisioning.ts';
import { changeTenant, signUp, signUpAndConfirm } from '../../../support/onboarding.ts';
import { context } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { awsError, newWorld, type World } from '../../../support/world.ts';

const output = collectOutput();
const minute = 60_000;
let world: World;
beforeEach(() => {
  world = newWorld();
});
const watch = () => (handler as (event: unknown, context: unknown) => Promise<{ oldestProvisioningSeconds: number }>)({}, context());
/** The tenant that the line in the log names, of which the alarm is made. */
const logged = () => {
  const lines = output()
    .split('\n')
    .filter((line) => line.includes('oldestProvisioningSeconds'));
  return JSON.parse(lines.at(-1) as string) as { tenantId?: string; oldestProvisioningSeconds: number };
};

test('says nothing is waiting when nothing is', async () => {
  await signUp();
  world.advance(40 * minute);
  expect(await watch()).toEqual({ oldestProvisioningSeconds: 0 });
  expect(logged()).toMatchObject({ oldestProvisioningSeconds: 0 });
});

test('counts from the start of the run, not from the signup, which may have waited for its confirmation', async () => {
  const early = await signUpAndConfirm(world);
  const startedAt = (minutes: number) => ({
    runId: 'run',
    generation: 1,
    startedAt: new Date(Date.parse('2026-11-20T08:00:00.000Z') + minutes * minute).toISOString(),
  });
  world.advance(10 * minute);
  const late = await signUpAndConfirm(world);
  changeTenant(world, early, { run: startedAt(50) });
  changeTenant(world, late, { run: startedAt(20) });
  world.advance(50 * minute);
  expect(await watch()).toEqual({ oldestProvisioningSeconds: 40 * 60 });
  expect(logged()).toMatchObject({ tenantId: late, oldestProvisioningSeconds: 40 * 60 });
});

test('finds the oldest of all shards and pages', async () => {
  const first = await signUpAndConfirm(world);
  world.advance(minute);
  for (let count = 0; count < 20; count += 1) changeTenant(world, await signUpAndConfirm(world), {});
  world.database.pageSize = 3;
  world.advance(minute);
  expect(await watch()).toEqual({ oldestProvisioningSeconds: 120 });
  expect(logged().tenantId).toBe(first);
});

test('looks at no more tenants than can be the oldest', async () => {
  await signUpAndConfirm(world);
  world.advance(minute);
  for (let count = 0; count < 20; count += 1) await signUpAndConfirm(world);
  const before = world.calls.length;
  await watch();
  // A query a shard, and of each shard at most its first tenants until the oldest is known.
  const reads = world.calls.slice(before).filter((call) => call === 'Get').length;
  expect(reads).toBeLessThan(21);
});

test('leaves alone a tenant that the index still shows and whose head has moved on', async () => {
  const tenantId = await signUpAndConfirm(world);
  changeTenant(world, tenantId, { status: 'ACTIVE' });
  world.advance(60 * minute);
  expect(await watch()).toEqual({ oldestProvisioningSeconds: 0 });
});

test('fails when it cannot look, so that nobody takes it for calm', async () => {
  world.fail('Query', awsError('ThrottlingException'));
  await expect(watch()).rejects.toThrow();
});
