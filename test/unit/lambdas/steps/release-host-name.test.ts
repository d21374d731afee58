import { beforeEach, expect, test } from '@jest/globals';
import { abandon, abandonedBefore, runStep, tenantBefore, tenantOf, tenantWithSilo } from '../../../support/onboarding.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { newWorld, type World } from '../../../support/world.ts';

collectOutput();
let world: World;
beforeEach(() => {
  world = newWorld();
});

test('deletes the name and the certificate, and the tenant has them no more', async () => {
  const tenantId = await abandonedBefore(world, 'ReleaseHostName');
  expect([world.dns.records.size, world.certificates.certificates.size]).toEqual([3, 1]);
  expect(await runStep(world, 'ReleaseHostName', tenantId)).toEqual({ notUndone: [] });
  expect([world.dns.records.size, world.certificates.certificates.size]).toEqual([0, 0]);
  expect(tenantOf(world, tenantId)).not.toHaveProperty('hostName');
  expect(tenantOf(world, tenantId)).not.toHaveProperty('certificateArn');
});

test('finds a certificate whose request was never recorded', async () => {
  const tenantId = await tenantBefore(world, 'RegisterHostName');
  await abandon(tenantId);
  expect(world.certificates.certificates.size).toBe(1);
  await runStep(world, 'ReleaseHostName', tenantId);
  expect(world.certificates.certificates.size).toBe(0);
});

test('finds nothing where no name was asked for', async () => {
  const tenantId = await tenantWithSilo(world);
  await abandon(tenantId);
  expect(await runStep(world, 'ReleaseHostName', tenantId)).toEqual({ notUndone: [] });
});
