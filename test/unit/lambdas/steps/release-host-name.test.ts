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

test.each(['a name below another domain than the deployment has now', 'a name, and the deployment has no domain any more'])(
  'says that it stays: %s',
  async (what) => {
    const tenantId = await abandonedBefore(world, 'ReleaseHostName');
    const { TENANT_DOMAIN: domain } = process.env;
    if (what.includes('another')) process.env['TENANT_DOMAIN'] = 'others.example.com';
    else delete process.env['TENANT_DOMAIN'];
    try {
      await runStep(world, 'ReleaseHostName', tenantId);
    } finally {
      process.env['TENANT_DOMAIN'] = domain;
    }
    const { notUndone, hostName } = tenantOf(world, tenantId);
    expect(notUndone).toEqual([expect.stringMatching(/^The name .*\.tenants\.example\.com and the certificate arn:\S+ stay/)]);
    expect(hostName).toBeUndefined();
  },
);
