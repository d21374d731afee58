import { describe, expect, test } from '@jest/globals';
import { abandonSteps, onboardSteps, StepName, stepResults } from '../../../../contracts/steps.ts';
import { expectWholeChain } from '../../../support/chain.ts';
import {
  abandonedBefore,
  canary,
  changeTenant,
  eventsOf,
  hostNameOf,
  tenantBefore as onboardingBefore,
  runStep,
  siloStackOf,
  stepHandlerOf,
  stepInput,
  stepRecord,
  tenantOf,
} from '../../../support/onboarding.ts';
import { context } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { awsError, newWorld, tables, type World } from '../../../support/world.ts';

/*
 * What every step must do, held against each step of the workflow: a new one is in here as soon as it is named in contracts/steps.ts. Where a call
 * may fail, it is made to fail at each of the calls that the step makes, one by one.
 */

const output = collectOutput();

const undoes = (step: StepName): step is (typeof abandonSteps)[number] => (abandonSteps as readonly StepName[]).includes(step);
const tenantBefore = (world: World, step: StepName) => (undoes(step) ? abandonedBefore(world, step) : onboardingBefore(world, step));
/** What the shared table has of the tenant when the step is done: the claim of its namespace, from when it is made until it is erased. */
function itemsAfter(step: StepName): string[] {
  if (undoes(step)) return ['StopOnboarding', 'EndBilling', 'DeleteAdminUser'].includes(step) ? ['NAMESPACE'] : [];
  return onboardSteps.indexOf(step) >= onboardSteps.indexOf('EstablishIsolation') ? ['NAMESPACE'] : [];
}

/** How AWS says "too many requests", by the operation. */
const throttleOf = (operation: string) => {
  if (operation.startsWith('Admin') || operation === 'Invoke') return 'TooManyRequestsException';
  if (operation.includes('Object')) return 'SlowDown';
  return operation === 'AssumeRole' ? 'Throttling' : 'ThrottlingException';
};

/** The calls that a step makes when nothing goes wrong; the first three mark it started. */
async function callsOf(step: StepName): Promise<string[]> {
  const world = newWorld();
  const tenantId = await tenantBefore(world, step);
  const before = world.calls.length;
  await runStep(world, step, tenantId);
  return world.calls.slice(before);
}
const startingCalls = 3;

/** Does something in a world of its own for each call of the step. */
async function atEachCall(
  step: StepName,
  act: (world: World, tenantId: string, call: number, operation: string, count: number) => Promise<void>,
) {
  const operations = await callsOf(step);
  expect(operations.slice(0, startingCalls)).toEqual(['Get', 'Get', 'TransactWrite']);
  expect(operations.at(-1)).toBe('TransactWrite');
  for (const [place, operation] of operations.entries()) {
    const world = newWorld();
    const tenantId = await tenantBefore(world, step);
    await act(world, tenantId, place + 1, operation, operations.length);
  }
}

/** What the tables, the user pool, the bus and the mails hold of a tenant must be what one undisturbed run leaves. */
function expectDoneOnce(world: World, tenantId: string, step: StepName, result: unknown) {
  expect(stepRecord(world, tenantId, step)).toMatchObject({ state: 'SUCCEEDED', result });
  const events = eventsOf(world, tenantId);
  expectWholeChain(events);
  expect(events.filter((event) => event.type === 'StepSucceeded' && event.step === step)).toHaveLength(1);
  expect(world.userPool.users.size).toBeLessThanOrEqual(1);
  expect([...world.bucket.objects]).toEqual([]);
  expect(world.certificates.certificates.size).toBeLessThanOrEqual(1);
  expect(world.dns.records.size).toBe(step === 'RegisterHostName' ? 3 : 0);
  expect(world.database.all(tables.tenantData).map(({ itemId }) => itemId)).toEqual(itemsAfter(step));
}

const rejection = async (attempt: Promise<unknown>): Promise<Error> => {
  const outcome = await attempt.then(
    (answer) => ({ answer }),
    (error: Error) => ({ error }),
  );
  if (!('error' in outcome)) throw new Error(`It must fail, but answered ${JSON.stringify(outcome.answer)}`);
  return outcome.error;
};

/** How another tenant's thing comes to stand where the step acts; none where a step makes and touches nothing that could be another's. */
const foreign: Record<StepName, ((world: World, tenantId: string) => Promise<void>) | undefined> = {
  PlanTenant: undefined,
  DeploySilo: foreignSilo,
  RegisterHostName: async (world, tenantId) => world.dns.place(hostNameOf(world, tenantId), 'A', '192.0.2.1'),
  EstablishIsolation: async (world, tenantId) =>
    world.database.place(tables.tenantData, { tenantId, itemId: 'NAMESPACE', runId: 'onboard-11111111-1111-4111-8111-111111111111' }),
  CreateAdminUser: async (world, tenantId) => {
    const { runId } = stepInput(world, tenantId);
    const { username } = (await runStep(world, 'CreateAdminUser', tenantId)) as { username: string };
    world.database.remove(tables.tenants, { pk: `TENANT#${tenantId}`, sk: `STEP#${runId}#CreateAdminUser` });
    giveUserAway(world, username);
  },
  EnqueueBilling: undefined,
  TestTenant: async (world, tenantId) => giveUserAway(world, tenantOf(world, tenantId).administratorUsername as string),
  ActivateTenant: undefined,
  InviteAdministrator: async (world, tenantId) => giveUserAway(world, tenantOf(world, tenantId).administratorUsername as string),
  EmitTenantProvisioned: undefined,
  StopOnboarding: undefined,
  EndBilling: undefined,
  DeleteAdminUser: async (world, tenantId) => giveUserAway(world, tenantOf(world, tenantId).administratorUsername as string),
  // Its credentials reach nothing of anybody else.
  EraseNamespace: undefined,
  ReleaseHostName: async (world, tenantId) => {
    world.dns.records.clear();
    world.dns.place(hostNameOf(world, tenantId), 'A', '192.0.2.1');
    const Tags = [{ Key: 'tenantry:tenantId', Value: '22222222-2222-4222-8222-222222222222' }];
    for (const [arn, certificate] of world.certificates.certificates) world.certificates.certificates.set(arn, { ...certificate, Tags });
  },
  EmptySilo: foreignSilo,
  DeleteSilo: foreignSilo,
  ForgetSignup: undefined,
  EmitTenantAbandoned: undefined,
};
async function foreignSilo(world: World, tenantId: string) {
  const { StackName } = siloStackOf(tenantId);
  world.silos.stacks.delete(StackName);
  world.silos.create({ StackName });
  world.silos.become(StackName, 'CREATE_COMPLETE');
}
function giveUserAway(world: World, username: string) {
  world.userPool.users.set(username, {
    attributes: { 'custom:tenantId': '22222222-2222-4222-8222-222222222222' },
    status: 'FORCE_CHANGE_PASSWORD',
  });
}

/** Calls that reach nothing of another tenant's: of the tenant's own run, with its own credentials, or under its own id alone. */
const ownAlone: Partial<Record<StepName, readonly string[]>> = {
  StopOnboarding: ['StopExecution'],
  EraseNamespace: ['Invoke', 'AssumeRole', 'Query', 'Delete', 'ListObjectsV2'],
  ForgetSignup: ['Query', 'Delete'],
};

const validInput = {
  tenantId: '55555555-5555-4555-8555-555555555555',
  runId: 'onboard-66666666-6666-4666-8666-666666666666',
  generation: 1,
  redriveCount: 0,
  retryCount: 0,
};
const wrongInputs: [field: string, value: unknown][] = [
  ['tenantId', undefined],
  ['tenantId', 'not-a-uuid'],
  ['tenantId', 17],
  ['runId', undefined],
  ['runId', 'onboard'],
  ['runId', null],
  ['generation', undefined],
  ['generation', 0],
  ['generation', 1.5],
  ['generation', '1'],
  ['redriveCount', undefined],
  ['redriveCount', -1],
  ['retryCount', undefined],
  ['retryCount', 'none'],
  ['email', canary.email],
];

describe.each(StepName.options)('%s', (step) => {
  test('acts when nothing is there, and answers what its contract says', async () => {
    const world = newWorld();
    const tenantId = await tenantBefore(world, step);
    const result = await runStep(world, step, tenantId, { redriveCount: 2, retryCount: 1 });
    expect(stepResults[step]().parse(result)).toEqual(result);
    expect(stepRecord(world, tenantId, step)).toMatchObject({ state: 'SUCCEEDED', attempt: 1, redriveCount: 2, retryCount: 1, result });
    const [started, succeeded] = eventsOf(world, tenantId).slice(-2);
    const place = { step, attempt: 1, generation: 1, runId: tenantOf(world, tenantId).run?.runId, actor: { kind: 'step', id: step } };
    expect(started).toMatchObject({ type: 'StepStarted', ...place, data: { redriveCount: 2, retryCount: 1 } });
    expect(succeeded).toMatchObject({ type: 'StepSucceeded', ...place, data: { result } });
    expectDoneOnce(world, tenantId, step, result);
  });

  test('run again, answers the same and writes nothing', async () => {
    const world = newWorld();
    const tenantId = await tenantBefore(world, step);
    const first = await runStep(world, step, tenantId);
    const before = world.snapshot();
    world.advance(60_000);
    expect(await runStep(world, step, tenantId, { redriveCount: 1 })).toEqual(first);
    expect(await runStep(world, step, tenantId, { retryCount: 3 })).toEqual(first);
    expect(world.snapshot()).toEqual(before);
  });

  test("refuses another tenant's resource and leaves it alone", async () => {
    const world = newWorld();
    const tenantId = await tenantBefore(world, step);
    const makeForeign = foreign[step];
    if (!makeForeign) {
      const harmless = ['Get', 'TransactWrite', 'PutEvents', 'SendMessage', ...(ownAlone[step] ?? [])];
      expect((await callsOf(step)).filter((operation) => !harmless.includes(operation))).toEqual([]);
      return;
    }
    await makeForeign(world, tenantId);
    const before = world.snapshot();
    if (undoes(step)) {
      // What is not the tenant's is not there to be undone: the step ends, and who reads its result knows.
      await runStep(world, step, tenantId);
      if (!['ReleaseHostName', 'EmptySilo'].includes(step)) expect(tenantOf(world, tenantId).notUndone?.join()).toMatch(/was left alone/);
    } else {
      const error = await rejection(runStep(world, step, tenantId));
      expect(error.name).toBe(step === 'TestTenant' ? 'CheckFailed' : 'Conflict');
    }
    const after = world.snapshot();
    expect([
      after.users,
      after.silos,
      after.siloRemains,
      after.dns,
      after.certificates,
      after.invitations,
      after.tables[tables.tenantData],
    ]).toEqual([
      before.users,
      before.silos,
      before.siloRemains,
      before.dns,
      before.certificates,
      before.invitations,
      before.tables[tables.tenantData],
    ]);
    expect(stepRecord(world, tenantId, step)?.state).toBe(undoes(step) ? 'SUCCEEDED' : 'FAILED');
  });

  test.each(wrongInputs)('refuses a malformed input and touches nothing: %s = %p', async (field, value) => {
    const world = newWorld();
    const input = { ...validInput, [field]: value };
    const error = await rejection((await stepHandlerOf(step))(JSON.parse(JSON.stringify(input)), context()));
    expect(error.name).toBe('InvalidInput');
    expect(error.message).toContain(field);
    expect(error.message).not.toContain(canary.email);
    expect(world.calls).toEqual([]);
  });

  test.each([[null], [[]], ['a text'], [undefined]])('refuses what is not an input at all: %p', async (input) => {
    const world = newWorld();
    const error = await rejection((await stepHandlerOf(step))(input, context()));
    expect(error.name).toBe('InvalidInput');
    expect(world.calls).toEqual([]);
  });

  test('refuses an unknown tenant, another run and a generation that is not the current one, and writes nothing', async () => {
    const world = newWorld();
    const tenantId = await tenantBefore(world, step);
    const run = { ...(tenantOf(world, tenantId).run as { runId: string; generation: number; startedAt: string }), generation: 2 };
    changeTenant(world, tenantId, { run });
    const before = world.snapshot();
    const handler = await stepHandlerOf(step);
    const input = stepInput(world, tenantId);
    for (const stale of [
      { ...input, generation: 1 },
      { ...input, generation: 3 },
      { ...input, runId: 'onboard-33333333-3333-4333-8333-333333333333' },
      { ...input, tenantId: '44444444-4444-4444-8444-444444444444' },
    ])
      expect((await rejection(handler(stale, context()))).name).toBe('NotAllowed');
    expect(world.snapshot()).toEqual(before);
  });

  test('is refused for a tenant that is not where the step belongs in its life', async () => {
    const world = newWorld();
    const tenantId = await tenantBefore(world, step);
    const elsewhere = ['PENDING', 'SUSPENDED', 'DEPROVISIONING', 'DEPROVISIONED', 'EXPIRED'] as const;
    for (const status of [...elsewhere, undoes(step) ? ('PROVISIONING' as const) : ('ABANDONED' as const)]) {
      changeTenant(world, tenantId, { status });
      const { users, invitations, busEvents } = world.snapshot();
      expect({ status, name: (await rejection(runStep(world, step, tenantId))).name }).toEqual({ status, name: 'NotAllowed' });
      expect(world.snapshot()).toMatchObject({ users, invitations, busEvents });
      expect(tenantOf(world, tenantId).status).toBe(status);
    }
  });

  test('tells the workflow of a throttle at each call, records it under its own name as one to retry, and then goes on', async () => {
    await atEachCall(step, async (world, tenantId, call, operation) => {
      const name = throttleOf(operation);
      world.fail(world.calls.length + call, awsError(name));
      const error = await rejection(runStep(world, step, tenantId));
      expect({ call, operation, error: error.name, said: error.message.includes(` failed with ${name} (retry)`) }).toEqual({
        call,
        operation,
        error: 'Throttled',
        said: true,
      });
      if (call <= startingCalls) expect(stepRecord(world, tenantId, step)).toBeUndefined();
      else
        expect(stepRecord(world, tenantId, step)).toMatchObject({
          state: 'FAILED',
          attempt: 1,
          failure: { class: 'retry', error: name, reason: expect.any(String), nextAction: expect.any(String) },
        });
      const result = await runStep(world, step, tenantId, { retryCount: 1 });
      expectDoneOnce(world, tenantId, step, result);
    });
  });

  test('ends in the same world when the answer of any one call is lost', async () => {
    await atEachCall(step, async (world, tenantId, call) => {
      world.loseAnswer(world.calls.length + call);
      const first = await runStep(world, step, tenantId).catch(() => undefined);
      const result = await runStep(world, step, tenantId, { retryCount: 1 });
      if (first) expect(first).toEqual(result);
      expectDoneOnce(world, tenantId, step, result);
    });
  });

  test('answers the recorded result when only the answer of its last transaction was lost', async () => {
    const { length } = await callsOf(step);
    const world = newWorld();
    const tenantId = await tenantBefore(world, step);
    world.loseAnswer(world.calls.length + length);
    const result = await runStep(world, step, tenantId);
    expect(stepRecord(world, tenantId, step)).toMatchObject({ state: 'SUCCEEDED', attempt: 1, result });
  });

  test('two attempts at once have one result: the slower one answers it too, or says that it was superseded', async () => {
    await atEachCall(step, async (world, tenantId, call) => {
      const { reached, release } = world.hold(world.calls.length + call);
      const slow = runStep(world, step, tenantId).then(
        (result) => ({ result }),
        (error: Error) => ({ error: error.name }),
      );
      await reached;
      const result = await runStep(world, step, tenantId, { retryCount: 1 });
      release();
      expect([{ result }, { error: 'Superseded' }]).toContainEqual(await slow);
      expectDoneOnce(world, tenantId, step, result);
    });
  });

  test('an attempt that was overtaken ends nothing while the later one still runs', async () => {
    await atEachCall(step, async (world, tenantId, call, _operation, count) => {
      if (call <= startingCalls) return;
      const slow = world.hold(world.calls.length + call);
      const overtaken = rejection(runStep(world, step, tenantId));
      await slow.reached;
      // What is undone already needs no more calls, so that the later attempt may make fewer: it is held at its first.
      const last = world.hold(world.calls.length + (undoes(step) ? startingCalls + 1 : count));
      const later = runStep(world, step, tenantId, { retryCount: 1 });
      await last.reached;
      slow.release();
      // Most often it is told so; a sign-in with the password that the later attempt has replaced is refused before, and what that deleted is gone.
      expect(['Superseded', 'NotAuthorizedException', 'NoSuchKey']).toContain((await overtaken).name);
      expect(stepRecord(world, tenantId, step)).toMatchObject({ state: 'RUNNING', attempt: 2 });
      last.release();
      expectDoneOnce(world, tenantId, step, await later);
    });
  });

  test('says nothing personal, whatever fails: not in what it throws, answers, logs, records or announces', async () => {
    const secrets = new RegExp(['Kanarienvogel', 'kanarienvogel', 'Zo\u00eb', 'arn:aws:cognito'].join('|'), 'u');
    await atEachCall(step, async (world, tenantId, call) => {
      const message = `${canary.name} <${canary.email}> in arn:aws:cognito-idp:eu-central-1:1:userpool/x`;
      world.fail(world.calls.length + call, awsError('InvalidParameterException', 'client', message));
      const error = await rejection(runStep(world, step, tenantId));
      const told = [error.message, String(error.stack), JSON.stringify(error), String(error.cause)];
      told.push(JSON.stringify(await runStep(world, step, tenantId)));
      const { tables: stored, executions, busEvents } = world.snapshot();
      for (const text of [...told, JSON.stringify([stored, executions, busEvents])]) expect(text).not.toMatch(secrets);
    });
    expect(output()).toContain('The step failed.');
    expect(output()).not.toMatch(secrets);
  });
});
