import { beforeEach, describe, expect, test } from '@jest/globals';
import { handler as getTenant } from '../../../../lambdas/api/get-tenant.ts';
import { handler as redriveTenant } from '../../../../lambdas/api/redrive-tenant.ts';
import { reviewRun } from '../../../../lambdas/shared/run-review.ts';
import { instant } from '../../../../lambdas/shared/runtime.ts';
import { ownerOfSlug } from '../../../../lambdas/shared/slug-rows.ts';
import type { StepRecord } from '../../../../lambdas/shared/tenants.ts';
import { expectWholeChain } from '../../../support/chain.ts';
import {
  address,
  addressesOf,
  correctionsOf,
  endExecutions,
  executionsOf,
  failedAtActivation,
  failedTenant,
  failedWithName,
  reason,
  registerName,
  retry,
  rightAddress,
} from '../../../support/corrections.ts';
import { canary, eventsOf, runStep, stepHandlerOf, stepInput, stepRecord, tenantOf } from '../../../support/onboarding.ts';
import { context, send, staffClaims } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { awsError, newWorld, type World } from '../../../support/world.ts';

/* Corrections that are sent twice, meet something else, or are interrupted. */

collectOutput();
let world: World;
beforeEach(() => {
  world = newWorld();
});

describe('happens once', () => {
  test('sent again while the run goes on, or sent twice at once, it is one correction with one answer', async () => {
    const tenantId = await failedTenant(world);
    const input = { slug: 'the-right-one', ...address() };
    const answers = await Promise.all([retry(tenantId, input), retry(tenantId, input)]);
    answers.push(await retry(tenantId, input));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.generation} ${body.corrected}`))).toEqual(
      new Set(['202 2 slug,administrator.email']),
    );
    expect(correctionsOf(world, tenantId)).toHaveLength(1);
    expect(executionsOf(world)).toHaveLength(2);
  });

  test('also where only a part of it was wrong', async () => {
    const tenantId = await failedTenant(world);
    const input = { slug: 'the-right-one', ...address(canary.email) };
    expect((await retry(tenantId, input)).body).toMatchObject({ generation: 2, corrected: ['slug'] });
    expect(await retry(tenantId, input)).toMatchObject({ status: 202, body: { generation: 2, corrected: ['slug'] } });
  });

  test('of two different ones at once, one is done and the other refused', async () => {
    const tenantId = await failedTenant(world);
    const answers = await Promise.all([retry(tenantId, { slug: 'one' }), retry(tenantId, { slug: 'other' })]);
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409]);
    expect(correctionsOf(world, tenantId)).toHaveLength(1);
    const { slug } = tenantOf(world, tenantId);
    expect([await ownerOfSlug('one'), await ownerOfSlug('other')].filter(Boolean)).toEqual([tenantId]);
    expect(await ownerOfSlug(slug)).toBe(tenantId);
  });

  test('beside a redrive, the run goes on once with what is right', async () => {
    for (const order of [0, 1]) {
      world = newWorld();
      const tenantId = await failedTenant(world);
      const redrive = () => send(redriveTenant, 'RedriveTenant', { path: { tenantId }, body: { reason }, claims: staffClaims });
      const both = [() => retry(tenantId, address()), redrive];
      await Promise.all((order ? both : both.toReversed()).map((ask) => ask()));
      const { run } = tenantOf(world, tenantId);
      // The redriven execution is of an earlier generation, if the correction came through.
      const old = stepInput(world, tenantId, { generation: 1, redriveCount: 1 });
      if (correctionsOf(world, tenantId).length === 1) {
        expect(run?.generation).toBe(2);
        await expect((await stepHandlerOf('CreateAdminUser'))(old, context())).rejects.toMatchObject({ name: 'NotAllowed' });
      }
      await runStep(world, 'CreateAdminUser', tenantId);
      expect(addressesOf(world)).toEqual([correctionsOf(world, tenantId).length === 1 ? rightAddress : canary.email]);
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
    emails: addressesOf(world),
    corrections: correctionsOf(world, tenantId).length,
    executions: executionsOf(world).map(({ status: each }) => each),
  };
  // Each signs up with a slug of its own.
  return JSON.parse(JSON.stringify(end).replace(/tenant-\d+/g, 'signed-up'));
}

test('interrupted before the run is started, and not sent again, the run is found from outside and started', async () => {
  const tenantId = await failedTenant(world);
  world.fail('StartExecution', awsError('ServiceUnavailable', 'server'));
  expect((await retry(tenantId, { slug: 'the-right-one' })).status).toBe(503);
  expect(executionsOf(world)).toHaveLength(1);
  world.advance(10 * 60_000);
  expect(await reviewRun(tenantId, { actor: { kind: 'schedule', id: 'SweepTenants' } })).toBeUndefined();
  expect(executionsOf(world).at(-1)).toMatchObject({ name: `${tenantOf(world, tenantId).run?.runId}-2`, status: 'RUNNING' });
});

test.each(['Lambda.SdkClientException', 'Lambda.ClientExecutionTimeoutException', undefined])(
  'a step whose failure was only told from outside may still be under way, and is waited for: %s',
  async (error) => {
    const tenantId = await failedTenant(world);
    const { failure: _said, endedAt: _at, ...record } = stepRecord(world, tenantId, 'CreateAdminUser') as StepRecord;
    world.database.place('Tenants', { ...record, state: 'RUNNING', startedAt: instant() } as never);
    for (const execution of executionsOf(world)) Object.assign(execution, { error });
    await reviewRun(tenantId, {
      actor: { kind: 'schedule', id: 'ReviewRun' },
      told: { executionArn: '', status: 'FAILED', redriveCount: 0 },
    });
    expect(stepRecord(world, tenantId, 'CreateAdminUser')).toMatchObject({
      state: 'FAILED',
      failure: { class: error ? 'retry' : 'bug', error: error ?? 'ExecutionFAILED' },
    });
    expect(await retry(tenantId, address())).toMatchObject({ status: 409, body: { detail: expect.stringMatching(/in 25 seconds/) } });
    expect(correctionsOf(world, tenantId)).toEqual([]);
    world.advance(25_000);
    expect((await retry(tenantId, address())).status).toBe(202);
  },
);

describe('a step that is to be done again', () => {
  const waiting = async () => {
    const tenantId = await failedWithName(world);
    await retry(tenantId, { slug: 'renamed' });
    return tenantId;
  };

  test('is shown as waiting, with its attempts and no start', async () => {
    const tenantId = await waiting();
    const { body } = await send(getTenant, 'GetTenant', { path: { tenantId }, claims: staffClaims });
    const shown = body.steps.find(({ step }: { step: string }) => step === 'RegisterHostName');
    expect(shown).toEqual({
      ...{ step: 'RegisterHostName', state: 'WAITING', attempt: 1, redriveCount: 0 },
      expectedDurationSeconds: expect.any(Number),
    });
  });

  test('and whose execution ends before it begins, is recorded as failed from outside, and can be corrected again', async () => {
    const tenantId = await waiting();
    endExecutions(world);
    // Longer than a certificate may take.
    world.advance(24 * 3_600_000);
    await reviewRun(tenantId, { actor: { kind: 'schedule', id: 'SweepTenants' } });
    expect(stepRecord(world, tenantId, 'RegisterHostName')).toMatchObject({ state: 'FAILED', generation: 2, attempt: 1 });
    world.advance(25_000);
    expect((await retry(tenantId, { slug: 'renamed-again' })).body).toMatchObject({ generation: 3, corrected: ['slug'] });
    await registerName(world, tenantId);
    expect(world.dns.lines().filter((line) => !line.startsWith('renamed-again.') && !line.includes('.renamed-again.'))).toEqual([]);
  });
});

describe.each([
  ['it has no effect', (call: number) => world.fail(call, awsError('TimeoutError', 'server'))],
  ['its answer is lost', (call: number) => world.loseAnswer(call)],
])('interrupted at each of its calls, where %s, and sent again, ends as one that was not', (_, interrupt) => {
  const input = { slug: 'renamed', ...address() };
  const begin = async () => {
    world = newWorld();
    return failedWithName(world);
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

  test('the step that takes the former user away', async () => {
    const corrected = async () => {
      world = newWorld();
      const tenantId = await failedAtActivation(world);
      await retry(tenantId, address());
      return tenantId;
    };
    const undisturbed = await corrected();
    const before = world.calls.length;
    await runStep(world, 'CreateAdminUser', undisturbed);
    const calls = world.calls.length - before;
    const expected = endOf(undisturbed);
    expect(expected.emails).toEqual([rightAddress]);
    for (let call = 1; call <= calls; call += 1) {
      const tenantId = await corrected();
      interrupt(world.calls.length + call);
      await runStep(world, 'CreateAdminUser', tenantId).catch(() => undefined);
      await runStep(world, 'CreateAdminUser', tenantId);
      expect({ call, ...endOf(tenantId) }).toEqual({ call, ...expected });
    }
  });

  test('the step that takes the former name away', async () => {
    const undisturbed = await begin();
    await retry(undisturbed, input);
    const before = world.calls.length;
    await registerName(world, undisturbed);
    const calls = world.calls.length - before;
    const expected = endOf(undisturbed);
    for (let call = 1; call <= calls; call += 1) {
      const tenantId = await begin();
      await retry(tenantId, input);
      interrupt(world.calls.length + call);
      await registerName(world, tenantId).catch(() => undefined);
      await registerName(world, tenantId);
      expect({ call, ...endOf(tenantId) }).toEqual({ call, ...expected });
    }
  });
});
