import { DisableRuleCommand, EnableRuleCommand } from '@aws-sdk/client-eventbridge';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expectWholeChain } from '../support/chain.ts';
import { documents, eventBridge, output } from './support/clients.ts';
import { cannotAssumeTenant, cannotReadTenant, cannotStart, physicalId } from './support/faults.ts';
import { findingsOf as findingsBy } from './support/findings.ts';
import { auditEvents, executionsOf, readHead, waitedForLong } from './support/records.ts';
import { comes, rest, resume, runs } from './support/schedules.ts';
import { confirm, readStatus, type Signup, signUp, untilOnboarded } from './support/signups.ts';
import { StaffMember } from './support/staff.ts';
import { until } from './support/until.ts';

/* What goes wrong with a run is found from outside, with an event or without one, and is over when it is over. */

let operator: StaffMember;
beforeAll(async () => {
  operator = await StaffMember.signIn();
  await rest('SweepTenants');
});
afterAll(() => Promise.all([operator.leave(), resume('SweepTenants')]));

const findingsOf = ({ tenantId }: Signup, state = 'open') => findingsBy(operator, `tenantId=${tenantId}&state=${state}`);
const untilFound = (signup: Signup) =>
  until('The finding', async () => {
    const [finding] = await findingsOf(signup);
    return finding;
  });
const untilClosed = (signup: Signup) => until('The end of the findings', async () => (await findingsOf(signup)).length === 0);
const untilEnded = ({ tenantId }: Signup, wanted: string) =>
  until(`The execution's end as ${wanted}`, async () => {
    const executions = (await readHead(tenantId)).run ? await executionsOf(tenantId) : [];
    return executions.some(({ status }) => status === wanted);
  });
const redrive = async ({ tenantId }: Signup) => {
  const { exitCode, errors } = await operator.tenantry('redrive', tenantId, '--reason', 'It is mended.', '--json');
  expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' });
};

/** What the schedule does every 5 minutes, and does not while these tests run: they say by what each finding was found. */
const sweep = () => runs('SweepTenants');

/** Leaves a run as one whose execution has been deleted while its first step was under way. Step Functions deletes executions with their state machine, which the others need. */
async function losesExecution({ tenantId }: Signup): Promise<void> {
  const { run } = await readHead(tenantId);
  const startedAt = new Date(Date.now() - 600_000).toISOString();
  const key = { pk: `TENANT#${tenantId}`, sk: `STEP#${run?.runId}#PlanTenant` };
  const record = {
    step: 'PlanTenant',
    runId: run?.runId,
    generation: 1,
    state: 'RUNNING',
    attempt: 1,
    redriveCount: 0,
    retryCount: 0,
    startedAt,
  };
  await documents.send(new PutCommand({ TableName: output('TenantsTableName'), Item: { ...key, ...record } }));
}

/** The events of executions' ends reach nobody. */
async function withoutEvents(work: () => Promise<void>): Promise<void> {
  const rule = { Name: await physicalId('Tenantry-Pipeline', 'ReviewRunRule', 'AWS::Events::Rule') };
  await eventBridge.send(new DisableRuleCommand(rule));
  try {
    await work();
  } finally {
    await eventBridge.send(new EnableRuleCommand(rule));
    // What ended meanwhile for other tests is seen now.
    await sweep();
  }
}
const findingEvents = async ({ tenantId }: Signup) => {
  const chain = await auditEvents(tenantId);
  expectWholeChain(chain);
  return chain.filter(({ type }) => type.startsWith('Finding')).map(({ type, actor }) => `${type} by ${actor.id}`);
};

test('a failed run is a finding with its reason and what to do, until it goes on', async () => {
  const fault = cannotAssumeTenant('TestTenant');
  const signup = await signUp();
  await fault.break(signup.tenantId);
  await confirm(signup);
  expect(await untilFound(signup)).toMatchObject({
    kind: 'RunFailed',
    step: 'TestTenant',
    generation: 1,
    reason: expect.stringMatching(/^TestTenant: This step lacks a permission that it needs\. \(AccessDenied.* from STS\.AssumeRole\)$/),
    nextAction: expect.stringContaining(`tenantry redrive ${signup.tenantId}`),
    article: 'docs/runbook.md#runfailed',
  });
  const since = ['--failed-at', 'TestTenant', '--since', '2026-01-01T00:00:00Z'];
  const { output: listed } = await operator.tenantry('redrive', ...since, '--dry-run', '--reason', 'It is mended.', '--json');
  expect(JSON.parse(listed).findings).toContainEqual(expect.objectContaining({ tenantId: signup.tenantId, step: 'TestTenant' }));
  await sweep();
  expect(await findingEvents(signup)).toEqual(['FindingOpened by ReviewRun']);
  await fault.mend(signup.tenantId);
  await redrive(signup);
  await untilOnboarded(signup);
  await untilClosed(signup);
  expect(await findingEvents(signup)).toEqual(['FindingOpened by ReviewRun', 'FindingClosed by ReviewRun']);
});

test('a step that could not even say that it had started is recorded from outside, and the customer is told', async () => {
  const fault = cannotStart('CreateAdminUser');
  const signup = await signUp();
  await fault.break(signup.tenantId);
  await confirm(signup);
  const status = await until('The failure in the status', async () => {
    const found = await readStatus(signup);
    return found.steps.some(({ state }) => state === 'FAILED') && found;
  });
  expect(status.steps.find(({ step }) => step === 'CreateAdminUser')).toMatchObject({
    state: 'FAILED',
    attempt: 0,
    failure: { reason: 'This step ended without saying why.', nextAction: expect.stringMatching(/^Nothing: our operators/) },
  });
  expect(JSON.stringify(status.next)).not.toMatch(/Nothing to do/);
  await fault.mend(signup.tenantId);
  await redrive(signup);
  const { steps } = await untilOnboarded(signup);
  expect(steps.find(({ step }) => step === 'CreateAdminUser')).toMatchObject({ state: 'SUCCEEDED', attempt: 1 });
  await untilClosed(signup);
});

test('a failed run whose event is lost is found by the sweep, which also sees that it is over', async () => {
  const fault = cannotAssumeTenant('EstablishIsolation');
  const signup = await signUp();
  await fault.break(signup.tenantId);
  await withoutEvents(async () => {
    await confirm(signup);
    await untilEnded(signup, 'FAILED');
    await comes('SweepTenants');
    expect(await untilFound(signup)).toMatchObject({ kind: 'RunFailed', step: 'EstablishIsolation' });
    await sweep();
    await fault.mend(signup.tenantId);
    await redrive(signup);
    await untilOnboarded(signup);
    await untilEnded(signup, 'SUCCEEDED');
    await sweep();
    expect(await findingsOf(signup)).toEqual([]);
  });
  expect(await findingsOf(signup, 'closed')).toMatchObject([{ kind: 'RunFailed', closedBy: { kind: 'schedule', id: 'SweepTenants' } }]);
  expect(await findingEvents(signup)).toEqual(['FindingOpened by SweepTenants', 'FindingClosed by SweepTenants']);
});

test('a run that nobody starts is started by the sweep', async () => {
  const fault = cannotReadTenant('StartOnboarding');
  const signup = await signUp();
  await fault.break(signup.tenantId);
  await confirm(signup);
  await waitedForLong(signup.tenantId);
  await sweep();
  await untilOnboarded(signup);
  await fault.mend(signup.tenantId);
  expect(await executionsOf(signup.tenantId)).toHaveLength(1);
  expect(await findingsOf(signup)).toEqual([]);
});

test('a run whose execution is gone is found and not started by itself; redriven, it starts anew and the finding is over', async () => {
  const fault = cannotReadTenant('StartOnboarding');
  const signup = await signUp();
  await fault.break(signup.tenantId);
  await confirm(signup);
  await losesExecution(signup);
  await sweep();
  expect(await findingsOf(signup)).toMatchObject([
    { kind: 'RunLost', step: 'PlanTenant', reason: 'The execution that carried the run is gone.' },
  ]);
  expect((await readStatus(signup)).steps[0]).toMatchObject({ step: 'PlanTenant', state: 'FAILED' });
  expect(await executionsOf(signup.tenantId)).toEqual([]);
  await redrive(signup);
  await fault.mend(signup.tenantId);
  await untilOnboarded(signup);
  expect((await readHead(signup.tenantId)).run?.generation).toBe(2);
  // Told by the event of the new generation's start, without a sweep.
  await untilClosed(signup);
  expect(await findingEvents(signup)).toEqual(['FindingOpened by SweepTenants', 'FindingClosed by ReviewRun']);
});
