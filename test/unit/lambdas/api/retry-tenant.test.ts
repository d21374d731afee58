import { beforeEach, describe, expect, test } from '@jest/globals';
import { handler } from '../../../../lambdas/api/retry-tenant.ts';
import { handler as startOnboarding } from '../../../../lambdas/events/start-onboarding.ts';
import { rememberOperation } from '../../../../lambdas/shared/errors.ts';
import { instant } from '../../../../lambdas/shared/runtime.ts';
import { ownerOfSlug } from '../../../../lambdas/shared/slug-rows.ts';
import { expectWholeChain } from '../../../support/chain.ts';
import {
  address,
  addressesOf,
  correctionsOf,
  endExecutions,
  executionsOf,
  failedAt,
  failedAtActivation,
  failedTenant,
  failedWithName,
  reason,
  registerName,
  retry,
  rightAddress,
  underWay,
} from '../../../support/corrections.ts';
import {
  abandon,
  canary,
  changeTenant,
  eventsOf,
  onboardedTenant,
  react,
  runStep,
  signUp,
  stepRecord,
  tenantBefore,
  tenantOf,
} from '../../../support/onboarding.ts';
import { send, staffClaims } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { awsError, newWorld, type World } from '../../../support/world.ts';

const output = collectOutput();
let world: World;
beforeEach(() => {
  world = newWorld();
});

describe('a slug', () => {
  test('is another from now on, the old one is free, and the run goes on in a new generation', async () => {
    const tenantId = await failedTenant(world);
    const { slug: before, run } = tenantOf(world, tenantId);
    const { status, body } = await retry(tenantId, { slug: 'the-right-one' });
    expect([status, body]).toEqual([202, { tenantId, runId: run?.runId, generation: 2, corrected: ['slug'], step: 'CreateAdminUser' }]);
    expect(tenantOf(world, tenantId)).toMatchObject({ slug: 'the-right-one', run: { runId: run?.runId, generation: 2 } });
    expect([await ownerOfSlug('the-right-one'), await ownerOfSlug(before)]).toEqual([tenantId, undefined]);
    expect(executionsOf(world).at(-1)).toMatchObject({
      name: `${run?.runId}-2`,
      status: 'RUNNING',
      input: JSON.stringify({ tenantId, runId: run?.runId, generation: 2 }),
    });
    expect((await signUp({ slug: before })).tenantId).not.toBe(tenantId);
  });

  test('is in the audit chain with who and why', async () => {
    const tenantId = await failedTenant(world);
    const { slug } = tenantOf(world, tenantId);
    await retry(tenantId, { slug: 'the-right-one' });
    expect(correctionsOf(world, tenantId)).toMatchObject([
      {
        actor: { kind: 'staff', id: staffClaims.sub },
        reason,
        generation: 2,
        step: 'CreateAdminUser',
        data: { corrected: ['slug'], slugBefore: slug, slug: 'the-right-one' },
      },
    ]);
    expectWholeChain(eventsOf(world, tenantId));
  });

  test('that another tenant has is 409, names the field, and changes nothing', async () => {
    await signUp({ slug: 'taken' });
    const tenantId = await failedTenant(world);
    const before = world.snapshot();
    const { status, body } = await retry(tenantId, { slug: 'taken' });
    expect([status, body.type, body.errors]).toEqual([
      409,
      'urn:problem-type:tenantry:slug-taken',
      [{ field: '/input/slug', message: 'is taken', remedy: expect.any(String) }],
    ]);
    expect(world.snapshot()).toEqual(before);
  });

  test("that somebody signs up with at the same moment is one tenant's", async () => {
    const tenantId = await failedTenant(world);
    const held = world.hold('TransactWrite');
    const asked = retry(tenantId, { slug: 'wanted' });
    await held.reached;
    const other = await signUp({ slug: 'wanted' });
    held.release();
    expect((await asked).body.type).toBe('urn:problem-type:tenantry:slug-taken');
    expect(await ownerOfSlug('wanted')).toBe(other.tenantId);
    expect(correctionsOf(world, tenantId)).toEqual([]);
  });

  test.each(['www', 'Big', '-x', 'ab--c', ''])('is refused as at signup: %j', async (slug) => {
    const tenantId = await failedTenant(world);
    const { status, body } = await retry(tenantId, { slug });
    expect([status, body.errors[0].field]).toEqual([400, '/input/slug']);
    expect(correctionsOf(world, tenantId)).toEqual([]);
  });

  test('is refused as at signup where it is too long for a name', async () => {
    const tenantId = await failedWithName(world);
    const { status, body } = await retry(tenantId, { slug: 's'.repeat(45) });
    expect([status, body.errors[0].remedy]).toEqual([400, 'Choose one of at most 44 characters.']);
  });
});

describe('the name of a slug', () => {
  test('that was registered is taken away by the step when it runs again, and the old slug is kept until then', async () => {
    const tenantId = await failedWithName(world);
    const { slug: before } = tenantOf(world, tenantId);
    expect((await retry(tenantId, { slug: 'renamed' })).status).toBe(202);
    expect(tenantOf(world, tenantId)).not.toMatchObject({ hostName: expect.anything() });
    expect(stepRecord(world, tenantId, 'RegisterHostName')).toMatchObject({ state: 'WAITING', attempt: 1 });
    expect(stepRecord(world, tenantId, 'DeploySilo')).toMatchObject({ state: 'SUCCEEDED' });
    expect(await ownerOfSlug(before)).toBe(tenantId);
    await registerName(world, tenantId);
    expect(tenantOf(world, tenantId)).toMatchObject({ hostName: 'renamed.tenants.example.com' });
    expect(tenantOf(world, tenantId).formerSlugs).toBeUndefined();
    expect(world.dns.lines().filter((line) => line.includes(before))).toEqual([]);
    expect([...world.certificates.certificates.values()].map(({ DomainName }) => DomainName)).toEqual(['renamed.tenants.example.com']);
    expect(await ownerOfSlug(before)).toBeUndefined();
  });

  test("that was another's stays another's", async () => {
    const tenantId = await tenantBefore(world, 'RegisterHostName');
    world.certificates.certificates.clear();
    const { slug: before } = tenantOf(world, tenantId);
    world.dns.place(`${before}.tenants.example.com`, 'A', '192.0.2.1');
    await react(startOnboarding, tenantId);
    await expect(runStep(world, 'RegisterHostName', tenantId)).rejects.toMatchObject({ name: 'Conflict' });
    expect(stepRecord(world, tenantId, 'RegisterHostName')?.failure?.class).toBe('needs input');
    endExecutions(world);
    await retry(tenantId, { slug: 'renamed' });
    await registerName(world, tenantId);
    expect(world.dns.lines()).toContain(`${before}.tenants.example.com. A 192.0.2.1`);
    expect(tenantOf(world, tenantId)).toMatchObject({ hostName: 'renamed.tenants.example.com' });
  });

  test('is the old one again when the correction was wrong: what was made stays no longer than its slug', async () => {
    const tenantId = await failedWithName(world);
    const { slug: before } = tenantOf(world, tenantId);
    await retry(tenantId, { slug: 'renamed' });
    endExecutions(world);
    await retry(tenantId, { slug: before });
    await registerName(world, tenantId);
    expect(tenantOf(world, tenantId)).toMatchObject({ slug: before, hostName: `${before}.tenants.example.com` });
    expect([await ownerOfSlug(before), await ownerOfSlug('renamed')]).toEqual([tenantId, undefined]);
    expect(world.dns.records.size).toBe(3);
  });

  test('goes with the tenant when it is given up in between', async () => {
    const tenantId = await failedWithName(world);
    const { slug: before } = tenantOf(world, tenantId);
    await retry(tenantId, { slug: 'renamed' });
    await abandon(tenantId);
    world.advance(26_000);
    for (const step of ['StopOnboarding', 'ReleaseHostName', 'ForgetSignup'] as const) await runStep(world, step, tenantId);
    expect([world.dns.records.size, world.certificates.certificates.size]).toEqual([0, 0]);
    expect([await ownerOfSlug(before), await ownerOfSlug('renamed')]).toEqual([undefined, undefined]);
  });

  test('that the deployment can take away no more is refused, and says what to do instead', async () => {
    const tenantId = await failedWithName(world);
    changeTenant(world, tenantId, { hostName: 'tenant.former.example' });
    const { status, body } = await retry(tenantId, { slug: 'renamed' });
    expect([status, body.detail]).toEqual([409, expect.stringContaining('tenantry abandon')]);
  });
});

describe('an address', () => {
  test('is another from now on: the user is made for it, and the old one goes', async () => {
    const tenantId = await failedAtActivation(world);
    const { administratorUsername: before } = tenantOf(world, tenantId);
    expect((await retry(tenantId, address('Zoe.Richtig@Example.com'))).body).toMatchObject({
      generation: 2,
      corrected: ['administrator.email'],
      step: 'ActivateTenant',
    });
    expect(stepRecord(world, tenantId, 'EstablishIsolation')).toMatchObject({ state: 'SUCCEEDED' });
    for (const step of ['CreateAdminUser', 'TestTenant'] as const) {
      expect(stepRecord(world, tenantId, step)).toMatchObject({ state: 'WAITING', attempt: 1 });
      await runStep(world, step, tenantId);
      expect(stepRecord(world, tenantId, step)).toMatchObject({ state: 'SUCCEEDED', attempt: 2 });
    }
    expect(addressesOf(world)).toEqual([rightAddress]);
    expect([...world.userPool.users.keys()]).toEqual([tenantOf(world, tenantId).administratorUsername]);
    expect(tenantOf(world, tenantId).administratorUsername).not.toBe(before);
    expect(tenantOf(world, tenantId).formerUsernames).toBeUndefined();
  });

  test('of a user whose making was never recorded goes too', async () => {
    const tenantId = await underWay(world, 'CreateAdminUser');
    world.loseAnswer('AdminCreateUser', awsError('InvalidParameterException'));
    await runStep(world, 'CreateAdminUser', tenantId).catch(() => undefined);
    endExecutions(world);
    expect(addressesOf(world)).toEqual([canary.email]);
    await retry(tenantId, address());
    await runStep(world, 'CreateAdminUser', tenantId);
    expect(addressesOf(world)).toEqual([rightAddress]);
  });

  test('is neither in the audit trail, nor in the tables, the executions or the logs', async () => {
    const tenantId = await failedAtActivation(world);
    await retry(tenantId, address());
    await runStep(world, 'CreateAdminUser', tenantId);
    const { tables, executions: started } = world.snapshot();
    for (const said of [JSON.stringify(tables), JSON.stringify(started), output()]) {
      expect(said).not.toContain(rightAddress);
      expect(said).not.toContain(canary.email);
    }
    expect(correctionsOf(world, tenantId)).toMatchObject([
      { data: { corrected: ['administrator.email'], usernameBefore: expect.stringMatching(/^u-[0-9a-f]{40}$/) } },
    ]);
    expectWholeChain(eventsOf(world, tenantId));
  });

  test('is corrected together with the slug, in one event', async () => {
    const tenantId = await failedTenant(world);
    expect((await retry(tenantId, { slug: 'the-right-one', ...address() })).body.corrected).toEqual(['slug', 'administrator.email']);
    expect(correctionsOf(world, tenantId)).toHaveLength(1);
    await runStep(world, 'CreateAdminUser', tenantId);
    expect(addressesOf(world)).toEqual([rightAddress]);
  });

  test('that Cognito refuses when it invites is corrected though the tenant is active, and the tests are not run on it again', async () => {
    const refused = awsError('CodeDeliveryFailureException');
    // What clients.ts notes of an error, which the world's clients do not.
    rememberOperation(refused, 'CognitoIdentityProvider.AdminCreateUser');
    const tenantId = await failedAt(world, 'InviteAdministrator', 'AdminCreateUser', refused);
    expect((await retry(tenantId, address())).status).toBe(202);
    expect(stepRecord(world, tenantId, 'TestTenant')).toMatchObject({ state: 'SUCCEEDED' });
    for (const step of ['CreateAdminUser', 'InviteAdministrator', 'EmitTenantProvisioned'] as const) await runStep(world, step, tenantId);
    expect(addressesOf(world)).toEqual([rightAddress]);
    expect(world.userPool.invitations).toEqual([tenantOf(world, tenantId).administratorUsername]);
    expect(tenantOf(world, tenantId)).toMatchObject({ status: 'ACTIVE' });
  });

  test('at which the administrator was invited is in use, and stays', async () => {
    const tenantId = await failedAt(world, 'EmitTenantProvisioned', 'PutEvents', awsError('AccessDeniedException'));
    const { status, body } = await retry(tenantId, address());
    expect([status, body.type, body.detail]).toEqual([
      409,
      'urn:problem-type:tenantry:not-correctable',
      expect.stringMatching(/has been invited.*tenantry redrive/),
    ]);
  });

  test('at which the administrator may have been invited stays too', async () => {
    const tenantId = await failedAt(world, 'InviteAdministrator', 'AdminCreateUser', awsError('InternalErrorException', 'server'));
    const { status, body } = await retry(tenantId, address());
    expect([status, body.detail]).toEqual([409, expect.stringMatching(/may have been.*tenantry redrive/)]);
    expect(addressesOf(world)).not.toEqual([rightAddress]);
  });

  test.each(['zoe', 'zoe@localhost', ''])('is refused as at signup, and not repeated in the answer: %j', async (email) => {
    const tenantId = await failedTenant(world);
    const { status, body } = await retry(tenantId, address(email));
    expect([status, body.errors[0].field]).toEqual([400, '/input/administrator/email']);
  });

  test('goes with the tenant when it is given up in between', async () => {
    const tenantId = await failedAtActivation(world);
    await retry(tenantId, address());
    await abandon(tenantId);
    await runStep(world, 'DeleteAdminUser', tenantId);
    expect(addressesOf(world)).toEqual([]);
  });
});

describe('is 409, says why and what to do, and writes nothing', () => {
  const expectRefused = async (tenantId: string, detail: RegExp, input: object = { slug: 'the-right-one' }) => {
    const before = world.snapshot();
    const { status, body } = await retry(tenantId, input);
    expect([status, body.type]).toEqual([409, 'urn:problem-type:tenantry:not-correctable']);
    expect(body.detail).toMatch(detail);
    expect(world.snapshot()).toEqual(before);
  };

  test('while the run is in progress', async () => {
    const tenantId = await failedTenant(world);
    for (const execution of executionsOf(world)) execution.status = 'RUNNING';
    await expectRefused(tenantId, /in progress. Wait/);
  });
  test('before the run is started', async () => {
    await expectRefused(await tenantBefore(world, 'PlanTenant'), /has not failed/);
  });
  test('when the execution has succeeded', async () => {
    const tenantId = await failedTenant(world);
    for (const execution of executionsOf(world)) execution.status = 'SUCCEEDED';
    await expectRefused(tenantId, /has not failed/);
  });
  test('before the signup is confirmed', async () => {
    await expectRefused((await signUp()).tenantId, /PENDING.*tenantry abandon/);
  });
  test('when the onboarding is finished', async () => {
    await expectRefused(await onboardedTenant(world), /ACTIVE.*finished/, address());
  });
  test.each(['ABANDONED', 'SUSPENDED', 'EXPIRED', 'DEPROVISIONED'] as const)('when the tenant is %s', async (status) => {
    const tenantId = await failedTenant(world);
    changeTenant(world, tenantId, { status });
    await expectRefused(tenantId, new RegExp(`${status}.*signs up again`));
  });
  test('a slug when the tenant is active', async () => {
    const tenantId = await underWay(world, 'InviteAdministrator');
    endExecutions(world);
    await expectRefused(tenantId, /ACTIVE.*in use.*tenantry redrive/);
  });
  test('what the tenant has already', async () => {
    const tenantId = await failedTenant(world);
    await expectRefused(tenantId, /has this already.*tenantry redrive/, { slug: tenantOf(world, tenantId).slug, ...address(canary.email) });
  });
  test('what was corrected to this and has failed again', async () => {
    const tenantId = await failedTenant(world);
    await retry(tenantId, { slug: 'the-right-one' });
    endExecutions(world);
    await expectRefused(tenantId, /has this already/);
  });
  test.each(['ABORTED', 'TIMED_OUT'] as const)('while a step may still be under way after the run was %s', async (status) => {
    const tenantId = await failedTenant(world);
    for (const execution of executionsOf(world)) Object.assign(execution, { status, stopDate: new Date(instant()) });
    await expectRefused(tenantId, /in 25 seconds/);
    world.advance(25_000);
    expect((await retry(tenantId, { slug: 'the-right-one' })).status).toBe(202);
  });
  test('while an attempt that another one has overtaken may still be under way', async () => {
    const tenantId = await failedTenant(world);
    const record = stepRecord(world, tenantId, 'CreateAdminUser');
    world.database.place('Tenants', { ...record, attempt: 2, startedAt: instant() } as never);
    await expectRefused(tenantId, /in 25 seconds/);
    world.advance(25_000);
    expect((await retry(tenantId, { slug: 'the-right-one' })).status).toBe(202);
  });
  test('while a step that said nothing of its end may still be under way', async () => {
    const tenantId = await failedTenant(world);
    const record = stepRecord(world, tenantId, 'CreateAdminUser');
    world.database.place('Tenants', { ...record, state: 'RUNNING', startedAt: instant() } as never);
    await expectRefused(tenantId, /in 25 seconds/);
    world.advance(25_000);
    expect((await retry(tenantId, { slug: 'the-right-one' })).status).toBe(202);
  });
});

test.each([[{}], [undefined], [{ tier: 'business' }], [{ slug: 'right', name: 'x' }], [{ administrator: {} }]])(
  'is 400 for an input that corrects nothing, or what cannot be corrected: %j',
  async (input) => {
    const tenantId = await failedTenant(world);
    const { status, body } = await retry(tenantId, input);
    expect([status, body.errors[0].field]).toEqual([400, expect.stringMatching(/^\/input/)]);
  },
);

test('is 404 for an unknown tenant, and 400 without a reason', async () => {
  expect((await retry('99999999-9999-4999-8999-999999999999', { slug: 'right' })).status).toBe(404);
  const tenantId = await failedTenant(world);
  const { status, body } = await send(handler, 'RetryTenant', {
    path: { tenantId },
    body: { input: { slug: 'right' } },
    claims: staffClaims,
  });
  expect([status, body.errors[0].field]).toEqual([400, '/reason']);
});
