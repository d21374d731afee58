import { beforeEach, describe, expect, test } from '@jest/globals';
import type { StepName } from '../../../../contracts/steps.ts';
import { handler as redriveTenant } from '../../../../lambdas/api/redrive-tenant.ts';
import { handler } from '../../../../lambdas/api/retry-tenant.ts';
import { handler as startOnboarding } from '../../../../lambdas/events/start-onboarding.ts';
import { stepsOf } from '../../../../lambdas/shared/catalog.ts';
import { reviewRun } from '../../../../lambdas/shared/run-review.ts';
import { instant } from '../../../../lambdas/shared/runtime.ts';
import { ownerOfSlug } from '../../../../lambdas/shared/slug-rows.ts';
import { expectWholeChain } from '../../../support/chain.ts';
import {
  abandon,
  canary,
  changeTenant,
  eventsOf,
  onboardedTenant,
  react,
  runStep,
  signUp,
  stepHandlerOf,
  stepInput,
  stepRecord,
  tenantBefore,
  tenantOf,
} from '../../../support/onboarding.ts';
import { context, send, staffClaims } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { awsError, newWorld, type World } from '../../../support/world.ts';

const output = collectOutput();
let world: World;
beforeEach(() => {
  world = newWorld();
});

const reason = 'It was misspelt.';
const rightAddress = 'zoe.richtig@example.com';
const retry = (tenantId: string, input: unknown) =>
  send(handler, 'RetryTenant', { path: { tenantId }, body: { reason, input }, claims: staffClaims });
const address = (email: string = rightAddress) => ({ administrator: { email } });
const executions = () => [...world.stateMachine.executions.values()];
const corrections = (tenantId: string) => eventsOf(world, tenantId).filter(({ type }) => type === 'InputCorrected');
const emails = () => [...world.userPool.users.values()].map(({ attributes }) => attributes['email']);
const endExecutions = (status: 'FAILED' | 'ABORTED' = 'FAILED') => {
  for (const execution of executions()) execution.status = status;
};

/** A tenant whose execution is at a step; the steps before it are done. */
async function underWay(step: StepName): Promise<string> {
  const tenantId = await tenantBefore(world, 'PlanTenant');
  await react(startOnboarding, tenantId);
  const steps = stepsOf('starter');
  for (const earlier of steps.slice(0, steps.indexOf(step))) await runStep(world, earlier, tenantId);
  return tenantId;
}

/** A tenant whose execution failed at CreateAdminUser, because Cognito does not take the address. */
async function failedTenant(): Promise<string> {
  const tenantId = await underWay('CreateAdminUser');
  world.fail('AdminCreateUser', awsError('InvalidParameterException'));
  await runStep(world, 'CreateAdminUser', tenantId).catch(() => undefined);
  endExecutions();
  return tenantId;
}

/** A tenant whose execution failed at a step after its user was made and tested. */
async function failedAtActivation(): Promise<string> {
  const tenantId = await underWay('ActivateTenant');
  // The first reads head and record, and the fourth call ends the step.
  world.fail(world.calls.length + 4, awsError('AccessDeniedException'));
  await runStep(world, 'ActivateTenant', tenantId).catch(() => undefined);
  endExecutions();
  return tenantId;
}

/** A silo tenant that has its name, and whose execution failed at a later step. */
async function failedWithName(): Promise<string> {
  const tenantId = await tenantBefore(world, 'RegisterHostName');
  await react(startOnboarding, tenantId);
  await runStep(world, 'RegisterHostName', tenantId);
  await runStep(world, 'RegisterHostName', tenantId);
  world.fail(world.calls.length + 4, awsError('AccessDeniedException'));
  await runStep(world, 'EnqueueBilling', tenantId).catch(() => undefined);
  endExecutions();
  return tenantId;
}

/** Asks the step until it is done, with the certificate issued as soon as it was asked for. */
async function registerName(tenantId: string): Promise<void> {
  for (let asked = 0; asked < 10; asked += 1) {
    if ((await runStep(world, 'RegisterHostName', tenantId))['ready']) return;
    world.certificates.become(`${tenantOf(world, tenantId).slug}.tenants.example.com`, 'ISSUED');
  }
  throw new Error('The step does not end.');
}

describe('a slug', () => {
  test('is another from now on, the old one is free, and the run goes on in a new generation', async () => {
    const tenantId = await failedTenant();
    const { slug: before, run } = tenantOf(world, tenantId);
    const { status, body } = await retry(tenantId, { slug: 'the-right-one' });
    expect([status, body]).toEqual([202, { tenantId, runId: run?.runId, generation: 2, corrected: ['slug'], step: 'CreateAdminUser' }]);
    expect(tenantOf(world, tenantId)).toMatchObject({ slug: 'the-right-one', run: { runId: run?.runId, generation: 2 } });
    expect([await ownerOfSlug('the-right-one'), await ownerOfSlug(before)]).toEqual([tenantId, undefined]);
    expect(executions().at(-1)).toMatchObject({
      name: `${run?.runId}-2`,
      status: 'RUNNING',
      input: JSON.stringify({ tenantId, runId: run?.runId, generation: 2 }),
    });
    expect((await signUp({ slug: before })).tenantId).not.toBe(tenantId);
  });

  test('is in the audit chain with who and why', async () => {
    const tenantId = await failedTenant();
    const { slug } = tenantOf(world, tenantId);
    await retry(tenantId, { slug: 'the-right-one' });
    expect(corrections(tenantId)).toMatchObject([
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
    const tenantId = await failedTenant();
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
    const tenantId = await failedTenant();
    const held = world.hold('TransactWrite');
    const asked = retry(tenantId, { slug: 'wanted' });
    await held.reached;
    const other = await signUp({ slug: 'wanted' });
    held.release();
    expect((await asked).body.type).toBe('urn:problem-type:tenantry:slug-taken');
    expect(await ownerOfSlug('wanted')).toBe(other.tenantId);
    expect(corrections(tenantId)).toEqual([]);
  });

  test.each(['www', 'Big', '-x', 'ab--c', ''])('is refused as at signup: %j', async (slug) => {
    const tenantId = await failedTenant();
    const { status, body } = await retry(tenantId, { slug });
    expect([status, body.errors[0].field]).toEqual([400, '/input/slug']);
    expect(corrections(tenantId)).toEqual([]);
  });

  test('is refused as at signup where it is too long for a name', async () => {
    const tenantId = await failedWithName();
    const { status, body } = await retry(tenantId, { slug: 's'.repeat(45) });
    expect([status, body.errors[0].remedy]).toEqual([400, 'Choose one of at most 44 characters.']);
  });
});

describe('the name of a slug', () => {
  test('that was registered is taken away by the step when it runs again, and the old slug is kept until then', async () => {
    const tenantId = await failedWithName();
    const { slug: before } = tenantOf(world, tenantId);
    expect((await retry(tenantId, { slug: 'renamed' })).status).toBe(202);
    expect(tenantOf(world, tenantId)).not.toMatchObject({ hostName: expect.anything() });
    expect(stepRecord(world, tenantId, 'RegisterHostName')).toMatchObject({ state: 'WAITING', attempt: 1 });
    expect(stepRecord(world, tenantId, 'DeploySilo')).toMatchObject({ state: 'SUCCEEDED' });
    expect(await ownerOfSlug(before)).toBe(tenantId);
    await registerName(tenantId);
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
    endExecutions();
    await retry(tenantId, { slug: 'renamed' });
    await registerName(tenantId);
    expect(world.dns.lines()).toContain(`${before}.tenants.example.com. A 192.0.2.1`);
    expect(tenantOf(world, tenantId)).toMatchObject({ hostName: 'renamed.tenants.example.com' });
  });

  test('is the old one again when the correction was wrong: what was made stays no longer than its slug', async () => {
    const tenantId = await failedWithName();
    const { slug: before } = tenantOf(world, tenantId);
    await retry(tenantId, { slug: 'renamed' });
    endExecutions();
    await retry(tenantId, { slug: before });
    await registerName(tenantId);
    expect(tenantOf(world, tenantId)).toMatchObject({ slug: before, hostName: `${before}.tenants.example.com` });
    expect([await ownerOfSlug(before), await ownerOfSlug('renamed')]).toEqual([tenantId, undefined]);
    expect(world.dns.records.size).toBe(3);
  });

  test('goes with the tenant when it is given up in between', async () => {
    const tenantId = await failedWithName();
    const { slug: before } = tenantOf(world, tenantId);
    await retry(tenantId, { slug: 'renamed' });
    await abandon(tenantId);
    world.advance(26_000);
    for (const step of ['StopOnboarding', 'ReleaseHostName', 'ForgetSignup'] as const) await runStep(world, step, tenantId);
    expect([world.dns.records.size, world.certificates.certificates.size]).toEqual([0, 0]);
    expect([await ownerOfSlug(before), await ownerOfSlug('renamed')]).toEqual([undefined, undefined]);
  });

  test('that the deployment can take away no more is refused, and says what to do instead', async () => {
    const tenantId = await failedWithName();
    changeTenant(world, tenantId, { hostName: 'tenant.former.example' });
    const { status, body } = await retry(tenantId, { slug: 'renamed' });
    expect([status, body.detail]).toEqual([409, expect.stringContaining('tenantry abandon')]);
  });
});

describe('an address', () => {
  test('is another from now on: the user is made for it, and the old one goes', async () => {
    const tenantId = await failedAtActivation();
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
    expect(emails()).toEqual([rightAddress]);
    expect([...world.userPool.users.keys()]).toEqual([tenantOf(world, tenantId).administratorUsername]);
    expect(tenantOf(world, tenantId).administratorUsername).not.toBe(before);
    expect(tenantOf(world, tenantId).formerUsernames).toBeUndefined();
  });

  test('of a user whose making was never recorded goes too', async () => {
    const tenantId = await underWay('CreateAdminUser');
    world.loseAnswer('AdminCreateUser', awsError('InvalidParameterException'));
    await runStep(world, 'CreateAdminUser', tenantId).catch(() => undefined);
    endExecutions();
    expect(emails()).toEqual([canary.email]);
    await retry(tenantId, address());
    await runStep(world, 'CreateAdminUser', tenantId);
    expect(emails()).toEqual([rightAddress]);
  });

  test('is neither in the audit trail, nor in the tables, the executions or the logs', async () => {
    const tenantId = await failedAtActivation();
    await retry(tenantId, address());
    await runStep(world, 'CreateAdminUser', tenantId);
    const { tables, executions: started } = world.snapshot();
    for (const said of [JSON.stringify(tables), JSON.stringify(started), output()]) {
      expect(said).not.toContain(rightAddress);
      expect(said).not.toContain(canary.email);
    }
    expect(corrections(tenantId)).toMatchObject([
      { data: { corrected: ['administrator.email'], usernameBefore: expect.stringMatching(/^u-[0-9a-f]{40}$/) } },
    ]);
    expectWholeChain(eventsOf(world, tenantId));
  });

  test('is corrected together with the slug, in one event', async () => {
    const tenantId = await failedTenant();
    expect((await retry(tenantId, { slug: 'the-right-one', ...address() })).body.corrected).toEqual(['slug', 'administrator.email']);
    expect(corrections(tenantId)).toHaveLength(1);
    await runStep(world, 'CreateAdminUser', tenantId);
    expect(emails()).toEqual([rightAddress]);
  });

  test('that Cognito refuses when it invites is corrected though the tenant is active, and the tests are not run on it again', async () => {
    const tenantId = await underWay('InviteAdministrator');
    world.fail('AdminCreateUser', awsError('CodeDeliveryFailureException'));
    await runStep(world, 'InviteAdministrator', tenantId).catch(() => undefined);
    endExecutions();
    expect((await retry(tenantId, address())).status).toBe(202);
    expect(stepRecord(world, tenantId, 'TestTenant')).toMatchObject({ state: 'SUCCEEDED' });
    for (const step of ['CreateAdminUser', 'InviteAdministrator', 'EmitTenantProvisioned'] as const) await runStep(world, step, tenantId);
    expect(emails()).toEqual([rightAddress]);
    expect(world.userPool.invitations).toEqual([tenantOf(world, tenantId).administratorUsername]);
    expect(tenantOf(world, tenantId)).toMatchObject({ status: 'ACTIVE' });
  });

  test('at which the administrator was invited is in use, and stays', async () => {
    const tenantId = await underWay('EmitTenantProvisioned');
    world.fail('PutEvents', awsError('AccessDeniedException'));
    await runStep(world, 'EmitTenantProvisioned', tenantId).catch(() => undefined);
    endExecutions();
    const { status, body } = await retry(tenantId, address());
    expect([status, body.type, body.detail]).toEqual([
      409,
      'urn:problem-type:tenantry:not-correctable',
      expect.stringMatching(/has been invited.*tenantry redrive/),
    ]);
  });

  test.each(['zoe', 'zoe@localhost', ''])('is refused as at signup, and not repeated in the answer: %j', async (email) => {
    const tenantId = await failedTenant();
    const { status, body } = await retry(tenantId, address(email));
    expect([status, body.errors[0].field]).toEqual([400, '/input/administrator/email']);
  });

  test('goes with the tenant when it is given up in between', async () => {
    const tenantId = await failedAtActivation();
    await retry(tenantId, address());
    await abandon(tenantId);
    await runStep(world, 'DeleteAdminUser', tenantId);
    expect(emails()).toEqual([]);
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
    const tenantId = await failedTenant();
    for (const execution of executions()) execution.status = 'RUNNING';
    await expectRefused(tenantId, /in progress. Wait/);
  });
  test('before the run is started', async () => {
    await expectRefused(await tenantBefore(world, 'PlanTenant'), /has not failed/);
  });
  test('when the execution has succeeded', async () => {
    const tenantId = await failedTenant();
    for (const execution of executions()) execution.status = 'SUCCEEDED';
    await expectRefused(tenantId, /has not failed/);
  });
  test('before the signup is confirmed', async () => {
    await expectRefused((await signUp()).tenantId, /PENDING.*tenantry abandon/);
  });
  test('when the onboarding is finished', async () => {
    await expectRefused(await onboardedTenant(world), /ACTIVE.*finished/, address());
  });
  test.each(['ABANDONED', 'SUSPENDED', 'EXPIRED', 'DEPROVISIONED'] as const)('when the tenant is %s', async (status) => {
    const tenantId = await failedTenant();
    changeTenant(world, tenantId, { status });
    await expectRefused(tenantId, new RegExp(`${status}.*signs up again`));
  });
  test('a slug when the tenant is active', async () => {
    const tenantId = await underWay('InviteAdministrator');
    endExecutions();
    await expectRefused(tenantId, /ACTIVE.*in use.*tenantry redrive/);
  });
  test('what the tenant has already', async () => {
    const tenantId = await failedTenant();
    await expectRefused(tenantId, /has this already.*tenantry redrive/, { slug: tenantOf(world, tenantId).slug, ...address(canary.email) });
  });
  test('what was corrected to this and has failed again', async () => {
    const tenantId = await failedTenant();
    await retry(tenantId, { slug: 'the-right-one' });
    endExecutions();
    await expectRefused(tenantId, /has this already/);
  });
  test.each(['ABORTED', 'TIMED_OUT'] as const)('while a step may still be under way after the run was %s', async (status) => {
    const tenantId = await failedTenant();
    for (const execution of executions()) Object.assign(execution, { status, stopDate: new Date(instant()) });
    await expectRefused(tenantId, /in 25 seconds/);
    world.advance(25_000);
    expect((await retry(tenantId, { slug: 'the-right-one' })).status).toBe(202);
  });
  test('while a step that said nothing of its end may still be under way', async () => {
    const tenantId = await failedTenant();
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
    const tenantId = await failedTenant();
    const { status, body } = await retry(tenantId, input);
    expect([status, body.errors[0].field]).toEqual([400, expect.stringMatching(/^\/input/)]);
  },
);

test('is 404 for an unknown tenant, and 400 without a reason', async () => {
  expect((await retry('99999999-9999-4999-8999-999999999999', { slug: 'right' })).status).toBe(404);
  const tenantId = await failedTenant();
  const { status, body } = await send(handler, 'RetryTenant', {
    path: { tenantId },
    body: { input: { slug: 'right' } },
    claims: staffClaims,
  });
  expect([status, body.errors[0].field]).toEqual([400, '/reason']);
});

describe('happens once', () => {
  test('sent again while the run goes on, or sent twice at once, it is one correction with one answer', async () => {
    const tenantId = await failedTenant();
    const input = { slug: 'the-right-one', ...address() };
    const answers = await Promise.all([retry(tenantId, input), retry(tenantId, input)]);
    answers.push(await retry(tenantId, input));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.generation} ${body.corrected}`))).toEqual(
      new Set(['202 2 slug,administrator.email']),
    );
    expect(corrections(tenantId)).toHaveLength(1);
    expect(executions()).toHaveLength(2);
  });

  test('of two different ones at once, one is done and the other refused', async () => {
    const tenantId = await failedTenant();
    const answers = await Promise.all([retry(tenantId, { slug: 'one' }), retry(tenantId, { slug: 'other' })]);
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409]);
    expect(corrections(tenantId)).toHaveLength(1);
    const { slug } = tenantOf(world, tenantId);
    expect([await ownerOfSlug('one'), await ownerOfSlug('other')].filter(Boolean)).toEqual([tenantId]);
    expect(await ownerOfSlug(slug)).toBe(tenantId);
  });

  test('beside a redrive, the run goes on once with what is right', async () => {
    for (const order of [0, 1]) {
      world = newWorld();
      const tenantId = await failedTenant();
      const redrive = () => send(redriveTenant, 'RedriveTenant', { path: { tenantId }, body: { reason }, claims: staffClaims });
      const both = [() => retry(tenantId, address()), redrive];
      await Promise.all((order ? both : both.toReversed()).map((ask) => ask()));
      const { run } = tenantOf(world, tenantId);
      // The redriven execution is of an earlier generation, if the correction came through.
      const old = stepInput(world, tenantId, { generation: 1, redriveCount: 1 });
      if (corrections(tenantId).length === 1) {
        expect(run?.generation).toBe(2);
        await expect((await stepHandlerOf('CreateAdminUser'))(old, context())).rejects.toMatchObject({ name: 'NotAllowed' });
      }
      await runStep(world, 'CreateAdminUser', tenantId);
      expect(emails()).toEqual([corrections(tenantId).length === 1 ? rightAddress : canary.email]);
      expectWholeChain(eventsOf(world, tenantId));
    }
  });
});

/** What is left when all is done, but for what differs from run to run. */
function endOf(tenantId: string) {
  const { slug, hostName, status, run, formerSlugs, formerUsernames } = tenantOf(world, tenantId);
  const end = {
    head: { slug, hostName, status, generation: run?.generation, formerSlugs, formerUsernames },
    names: world.dns.lines().map((line) => line.replaceAll(tenantId, '<tenant>').replace(/(CNAME) _.*/, '$1')),
    certificates: [...world.certificates.certificates.values()].map(({ DomainName }) => DomainName),
    emails: emails(),
    corrections: corrections(tenantId).length,
    executions: executions().map(({ status: each }) => each),
  };
  // Each signs up with a slug of its own.
  return JSON.parse(JSON.stringify(end).replace(/tenant-\d+/g, 'signed-up'));
}

test('interrupted before the run is started, and not sent again, the run is found from outside and started', async () => {
  const tenantId = await failedTenant();
  world.fail('StartExecution', awsError('ServiceUnavailable', 'server'));
  expect((await retry(tenantId, { slug: 'the-right-one' })).status).toBe(503);
  expect(executions()).toHaveLength(1);
  world.advance(10 * 60_000);
  expect(await reviewRun(tenantId, { actor: { kind: 'schedule', id: 'SweepTenants' } })).toBeUndefined();
  expect(executions().at(-1)).toMatchObject({ name: `${tenantOf(world, tenantId).run?.runId}-2`, status: 'RUNNING' });
});

describe.each([
  ['it has no effect', (call: number) => world.fail(call, awsError('TimeoutError', 'server'))],
  ['its answer is lost', (call: number) => world.loseAnswer(call)],
])('interrupted at each of its calls, where %s, and sent again, ends as one that was not', (_, interrupt) => {
  const input = { slug: 'renamed', ...address() };
  const begin = async () => {
    world = newWorld();
    return failedWithName();
  };

  test('the request', async () => {
    const undisturbed = await begin();
    const before = world.calls.length;
    await retry(undisturbed, input);
    const calls = world.calls.length - before;
    expect(calls).toBeGreaterThan(8);
    const expected = endOf(undisturbed);
    for (let call = 1; call <= calls; call += 1) {
      const tenantId = await begin();
      interrupt(world.calls.length + call);
      await retry(tenantId, input);
      expect((await retry(tenantId, input)).status).toBe(202);
      expect({ call, ...endOf(tenantId) }).toEqual({ call, ...expected });
      expectWholeChain(eventsOf(world, tenantId));
    }
  });

  test('the step that takes the former name away', async () => {
    const undisturbed = await begin();
    await retry(undisturbed, input);
    const before = world.calls.length;
    await registerName(undisturbed);
    const calls = world.calls.length - before;
    const expected = endOf(undisturbed);
    for (let call = 1; call <= calls; call += 1) {
      const tenantId = await begin();
      await retry(tenantId, input);
      interrupt(world.calls.length + call);
      await registerName(tenantId).catch(() => undefined);
      await registerName(tenantId);
      expect({ call, ...endOf(tenantId) }).toEqual({ call, ...expected });
    }
  }, 60_000);
});
