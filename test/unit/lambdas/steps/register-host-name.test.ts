import { beforeEach, describe, expect, test } from '@jest/globals';
import { releaseHostName } from '../../../../lambdas/shared/host-names.ts';
import type { Tenant } from '../../../../lambdas/shared/tenants.ts';
import { changeTenant, eventsOf, hostNameOf, runStep, stepRecord, tenantOf, tenantWithSilo } from '../../../support/onboarding.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { newWorld, type World } from '../../../support/world.ts';

/* What the conformance suite does not show: how a certificate comes about, what a failed one becomes, and how all of it is taken away. */

collectOutput();
let world: World;
let tenantId: string;
let hostName: string;
const ask = (changes = {}) => runStep(world, 'RegisterHostName', tenantId, changes);
const record = () => stepRecord(world, tenantId, 'RegisterHostName');
const certificates = () => [...world.certificates.certificates.values()];
const fails = (changes = {}) =>
  ask(changes).then(
    () => 'nothing',
    ({ name, message }: Error) => `${name}: ${message}`,
  );
const ownRecords = () => [
  `${hostName}. CNAME app.example.com`,
  `_proof.${hostName}. CNAME _value.acm-validations.aws.`,
  `_tenantry.${hostName}. TXT "tenant=${tenantId}"`,
];
const othersCertificate = { Tags: [{ Key: 'tenantry:tenantId', Value: '22222222-2222-4222-8222-222222222222' }] };

beforeEach(async () => {
  world = newWorld();
  tenantId = await tenantWithSilo(world);
  hostName = hostNameOf(world, tenantId);
});

test('asks for the certificate, proves the name by the zone, and is done when the certificate is issued', async () => {
  expect(await ask()).toEqual({ hostName, ready: false, askAgainSeconds: 2 });
  expect(certificates()).toMatchObject([
    { DomainName: hostName, Tags: expect.arrayContaining([{ Key: 'tenantry:tenantId', Value: tenantId }]) },
  ]);
  expect(await ask()).toMatchObject({ ready: false });
  expect(world.dns.lines()).toEqual(ownRecords().sort());
  expect(tenantOf(world, tenantId).hostName).toBeUndefined();

  world.certificates.become(hostName, 'ISSUED');
  const result = await ask();
  const named = { hostName, certificateArn: certificates()[0]?.CertificateArn };
  expect(result).toMatchObject({ ...named, ready: true });
  expect(tenantOf(world, tenantId)).toMatchObject(named);
  expect(await ask({ redriveCount: 1 })).toEqual(result);
});

test('says what it is about to do, and writes nothing while it waits', async () => {
  await ask();
  expect(record()?.intent).toEqual({ hostName });
  const before = eventsOf(world, tenantId).length;
  await ask();
  world.advance(60_000);
  expect(await ask()).toMatchObject({ askAgainSeconds: 15 });
  expect(eventsOf(world, tenantId)).toHaveLength(before);
});

test('where the deployment gives tenants no names, says so and touches nothing', async () => {
  const domain = process.env['TENANT_DOMAIN'];
  delete process.env['TENANT_DOMAIN'];
  try {
    expect(await ask()).toEqual({ ready: true, askAgainSeconds: 2 });
    await releaseHostName(tenantOf(world, tenantId));
  } finally {
    process.env['TENANT_DOMAIN'] = domain;
  }
  expect(certificates()).toEqual([]);
  expect(world.dns.lines()).toEqual([]);
  expect(tenantOf(world, tenantId)).not.toHaveProperty('hostName');
  expect(record()).not.toHaveProperty('intent');
});

describe('one certificate, and no second', () => {
  test('when ACM does not list it yet', async () => {
    await ask();
    for (const each of certificates()) each.seen = false;
    expect(await ask()).toMatchObject({ ready: false });
    expect(certificates()).toHaveLength(1);
  });

  test.each([{ redriveCount: 1 }, { generation: 2 }])(
    'when an attempt that was cut off asks as late as another one: %j',
    async (changes) => {
      await ask();
      for (const each of certificates()) each.seen = false;
      const run = tenantOf(world, tenantId).run as NonNullable<Tenant['run']>;
      changeTenant(world, tenantId, { run: { ...run, generation: changes.generation ?? run.generation } });
      expect(await ask(changes)).toMatchObject({ ready: false });
      expect(certificates()).toHaveLength(1);
    },
  );

  test('but another one when what ACM remembers of the request was deleted within the hour', async () => {
    await ask();
    for (const each of certificates()) each.seen = false;
    world.advance(60_000);
    await ask();
    expect(certificates()).toHaveLength(1);
    world.advance(120_000);
    expect(await ask()).toMatchObject({ ready: false });
    expect(certificates().map(({ seen }) => seen)).toEqual([false, true]);
    world.certificates.become(hostName, 'ISSUED');
    expect(await ask()).toMatchObject({ ready: true });
  });

  test('when the answer of the request was lost', async () => {
    world.loseAnswer('RequestCertificate');
    await expect(ask()).rejects.toThrow();
    expect(await ask({ retryCount: 1 })).toMatchObject({ ready: false });
    expect(certificates()).toHaveLength(1);
  });

  test('when it stands among many, on a later page, and the redrive comes days later', async () => {
    for (const slug of ['one', 'two', 'three']) world.certificates.request({ DomainName: `${slug}.tenants.example.com` });
    await ask();
    world.advance(5 * 24 * 3_600_000);
    await ask({ redriveCount: 1 });
    expect(certificates().filter(({ DomainName }) => DomainName === hostName)).toHaveLength(1);
  });
});

describe('a name that is taken', () => {
  test.each([
    ['a record at the name', () => world.dns.place(hostName, 'A', '192.0.2.1')],
    ['a record below the name', () => world.dns.place(`mail.${hostName}`, 'CNAME', 'elsewhere.example.com')],
    ["another tenant's records", () => world.dns.place(`_tenantry.${hostName}`, 'TXT', '"tenant=22222222-2222-4222-8222-222222222222"')],
    ["another tenant's certificate", () => world.certificates.request({ DomainName: hostName, ...othersCertificate })],
    ['a certificate that nobody tagged', () => world.certificates.request({ DomainName: hostName })],
  ])('is a conflict, and is left alone: %s', async (_, take) => {
    take();
    const before = world.snapshot();
    expect(await fails()).toMatch(/^Conflict/);
    const { dns, certificates: after } = world.snapshot();
    expect({ dns, certificates: after }).toEqual({ dns: before.dns, certificates: before.certificates });
    expect(record()?.failure?.class).toBe('needs input');
  });

  test('is a conflict, and is left alone, also when it is taken after the step has looked', async () => {
    await ask();
    const { reached, release } = world.hold('ChangeResourceRecordSets');
    const asked = fails();
    await reached;
    world.dns.place(hostName, 'CNAME', 'elsewhere.example.com');
    release();
    expect(await asked).toMatch(/^Conflict/);
    expect(world.dns.lines()).toEqual([`${hostName}. CNAME elsewhere.example.com`]);
  });

  test('is no conflict when another attempt of the same step has taken it', async () => {
    await ask();
    const { reached, release } = world.hold('ChangeResourceRecordSets');
    const asked = ask();
    await reached;
    await ask();
    release();
    expect(await asked).toMatchObject({ ready: false });
    expect(world.dns.lines()).toEqual(ownRecords().sort());
  });

  test.each(['2', '-2', 'x'])('is not one that only begins or ends alike: %s', async (ending) => {
    const [slug = '', domain] = hostName.split(/\.(.*)/);
    world.dns.place(`${slug}${ending}.${domain}`, 'A', '192.0.2.1');
    world.dns.place(`x${slug}.${domain}`, 'A', '192.0.2.1');
    expect(await ask()).toMatchObject({ ready: false });
  });
});

describe('a certificate that is not issued', () => {
  test.each([
    ['FAILED', 'CAA_ERROR', 'bug', 'our domain does not let the authority issue it', 'CAA_ERROR'],
    ['FAILED', 'DOMAIN_NOT_ALLOWED', 'needs input', 'the authority does not issue any for this name', 'DOMAIN_NOT_ALLOWED'],
    ['FAILED', 'OTHER', 'retry', 'the authority met a fault', 'OTHER'],
    ['VALIDATION_TIMED_OUT', undefined, 'bug', 'the authority has not found our proof of the name', 'VALIDATION_TIMED_OUT'],
  ] as const)('fails the step with the reason in words: %s %s', async (status, reason, failureClass, because, error) => {
    await ask();
    world.certificates.become(hostName, status, reason);
    const words = `The certificate of the tenant's name could not be issued: ${because}.`;
    expect(await fails()).toBe(`CheckFailed: ${words}`);
    expect(record()?.failure).toMatchObject({ class: failureClass, reason: words, error, operation: `ACM: ${status}` });
  });

  test('is left as it is by a retry, and made again by a redrive', async () => {
    await ask();
    world.certificates.become(hostName, 'FAILED', 'OTHER');
    expect(await fails()).toMatch(/^CheckFailed/);
    expect(await fails({ retryCount: 1 })).toMatch(/^CheckFailed/);
    const [failed] = certificates();

    expect(await ask({ redriveCount: 1 })).toMatchObject({ ready: false });
    expect(await ask({ redriveCount: 1 })).toMatchObject({ ready: false });
    const [, made] = certificates();
    expect(certificates()).toHaveLength(2);
    world.certificates.become(hostName, 'ISSUED');
    expect(await ask({ redriveCount: 1 })).toMatchObject({ ready: true, certificateArn: made?.CertificateArn });
    expect(certificates()).toEqual([made]);
    expect(made?.CertificateArn).not.toBe(failed?.CertificateArn);
  });

  test('is made again by each redrive, and all that failed go when one is issued', async () => {
    await ask();
    for (const redriveCount of [1, 2]) {
      world.certificates.become(hostName, 'FAILED', 'OTHER');
      expect(await ask({ redriveCount })).toMatchObject({ ready: false });
      expect(certificates()).toHaveLength(redriveCount + 1);
    }
    const last = certificates().at(-1);
    world.certificates.become(hostName, 'ISSUED');
    expect(await ask({ redriveCount: 2 })).toMatchObject({ ready: true });
    expect(certificates()).toEqual([last]);
  });

  test('within 20 minutes is told to somebody; a redrive waits on for the same one', async () => {
    await ask();
    world.advance(20 * 60_000 + 1_000);
    expect(await fails()).toMatch('could not be issued: the authority has not issued it in time.');
    expect(record()?.failure).toMatchObject({ class: 'retry', error: 'NotIssuedInTime' });
    const [first] = certificates();
    expect(await ask({ redriveCount: 1 })).toMatchObject({ ready: false });
    world.certificates.become(hostName, 'ISSUED');
    expect(await ask({ redriveCount: 1 })).toMatchObject({ certificateArn: first?.CertificateArn });
  });
});

test('a slug that is too long for a certificate is refused with how long it may be, and nothing is made', async () => {
  changeTenant(world, tenantId, { slug: 's'.repeat(45) });
  expect(await fails()).toBe('CheckFailed: The slug is too long for a name below tenants.example.com: it may have 44 characters.');
  expect(record()?.failure?.class).toBe('needs input');
  expect(certificates()).toEqual([]);
  changeTenant(world, tenantId, { slug: 's'.repeat(44) });
  expect(await ask({ redriveCount: 1 })).toMatchObject({ ready: false });
});

describe('taking the name away', () => {
  const release = () => releaseHostName(tenantOf(world, tenantId));
  const left = () => ({ records: world.dns.lines(), certificates: certificates().map(({ DomainName }) => DomainName) });
  const nothing = { records: [], certificates: [] };
  beforeEach(async () => {
    await ask();
    await ask();
  });

  test('leaves nothing of it, and may be repeated', async () => {
    await release();
    expect(left()).toEqual(nothing);
    await release();
    expect(left()).toEqual(nothing);
  });

  test.each(['ListCertificates', 'ListTagsForCertificate', 'DeleteCertificate', 'ListResourceRecordSets', 'ChangeResourceRecordSets'])(
    'goes on where it was interrupted: the answer of %s was lost',
    async (operation) => {
      world.loseAnswer(operation);
      await expect(release()).rejects.toThrow();
      await release();
      expect(left()).toEqual(nothing);
    },
  );

  test("leaves alone what is another's", async () => {
    world.dns.records.clear();
    world.dns.place(hostName, 'CNAME', 'elsewhere.example.com');
    world.certificates.request({ DomainName: hostName, ...othersCertificate });
    await release();
    expect(left()).toEqual({ records: [`${hostName}. CNAME elsewhere.example.com`], certificates: [hostName] });
  });

  test('works for a tenant whose slug can have no certificate', async () => {
    changeTenant(world, tenantId, { slug: 's'.repeat(63) });
    await expect(release()).resolves.toBeUndefined();
  });
});
