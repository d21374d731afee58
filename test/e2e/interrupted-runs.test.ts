import { RedriveExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { RedriveAccepted } from '../../contracts/tenant.ts';
import { expectWholeChain } from '../support/chain.ts';
import { aftermathOf } from './support/aftermath.ts';
import { api, expectProblem } from './support/api.ts';
import { stepFunctions } from './support/clients.ts';
import { cannotAssumeTenant, tierWithdrawn } from './support/faults.ts';
import { auditEvents, executionsOf, readHead } from './support/records.ts';
import { confirm, onboard, readStatus, type Signup, signUp, untilOnboarded } from './support/signups.ts';
import { StaffMember } from './support/staff.ts';
import { until } from './support/until.ts';

/* Runs that somebody stops, that fail more than once, and that several people want to go on with. */

let operator: StaffMember;
let clean: Signup;
beforeAll(async () => {
  [operator, clean] = await Promise.all([StaffMember.signIn(), onboard()]);
});
afterAll(() => operator.leave());

const redrive = async (tenantId: string) =>
  api('POST', `/tenants/${tenantId}/redrive`, { headers: await operator.authorization(), body: { reason: 'The cause is repaired.' } });

const untilEnded = (tenantId: string, wanted: string) =>
  until(`The execution's end as ${wanted}`, async () => {
    const [execution] = (await readHead(tenantId)).run ? await executionsOf(tenantId) : [];
    return execution?.status === wanted && execution;
  });

test('a run that was stopped in the midst of a step is redriven like a failed one', async () => {
  const fault = cannotAssumeTenant('EstablishIsolation');
  const signup = await signUp();
  const { tenantId } = signup;
  await fault.break(tenantId);
  await confirm(signup);
  await until('The first failure of the step', async () => {
    const { steps } = await readStatus(signup);
    return steps.some(({ step, state }) => step === 'EstablishIsolation' && state === 'FAILED');
  });
  const { executionArn } = (await executionsOf(tenantId))[0] ?? {};
  await stepFunctions.send(new StopExecutionCommand({ executionArn, error: 'Stopped', cause: 'by a person' }));
  await untilEnded(tenantId, 'ABORTED');
  await fault.mend(tenantId);
  expect(RedriveAccepted.parse((await redrive(tenantId)).body)).toMatchObject({ redriveCount: 1, step: 'EstablishIsolation' });
  await untilOnboarded(signup);
  expect(await aftermathOf(signup)).toEqual(await aftermathOf(clean));
});

test('a step whose cause is repaired while it is tried goes on by itself', async () => {
  const fault = cannotAssumeTenant('TestTenant');
  const signup = await signUp();
  await fault.break(signup.tenantId);
  await confirm(signup);
  await until('The first failure of the step', async () => {
    const { steps } = await readStatus(signup);
    return steps.some(({ step, state }) => step === 'TestTenant' && state === 'FAILED');
  });
  await fault.mend(signup.tenantId);
  const { steps } = await untilOnboarded(signup);
  expect(steps.find(({ step }) => step === 'TestTenant')?.attempt).toBeGreaterThan(1);
  expect(await executionsOf(signup.tenantId)).toMatchObject([{ status: 'SUCCEEDED', redriveCount: 0 }]);
  expect(await aftermathOf(signup)).toEqual(await aftermathOf(clean));
});

test('a run that fails again after its redrive is redriven again, and counts', async () => {
  const signup = await signUp();
  const { tenantId } = signup;
  await tierWithdrawn.break(tenantId);
  await confirm(signup);
  await untilEnded(tenantId, 'FAILED');
  expect((await redrive(tenantId)).body).toMatchObject({ redriveCount: 1, step: 'PlanTenant' });
  await until('The second failure', async () => {
    const { steps } = await readStatus(signup);
    return steps.some(({ step, state, attempt }) => step === 'PlanTenant' && state === 'FAILED' && attempt === 2);
  });
  await untilEnded(tenantId, 'FAILED');
  await tierWithdrawn.mend(tenantId);
  expect((await redrive(tenantId)).body).toMatchObject({ redriveCount: 2 });
  await untilOnboarded(signup);
  expect(await executionsOf(tenantId)).toMatchObject([{ status: 'SUCCEEDED', redriveCount: 2 }]);
  expect(await aftermathOf(signup)).toEqual(await aftermathOf(clean));
});

test('five redrives at once are one', async () => {
  const signup = await signUp();
  const { tenantId } = signup;
  await tierWithdrawn.break(tenantId);
  await confirm(signup);
  const { executionArn } = await untilEnded(tenantId, 'FAILED');
  await tierWithdrawn.mend(tenantId);
  const answers = await Promise.all(Array.from({ length: 5 }, () => redrive(tenantId)));
  const accepted = answers.filter(({ status }) => status === 202);
  expect(accepted.length).toBeGreaterThanOrEqual(1);
  for (const { body } of accepted) expect(RedriveAccepted.parse(body).redriveCount).toBe(1);
  for (const answer of answers) if (answer.status !== 202) expectProblem(answer, 'not-redrivable');
  await untilOnboarded(signup);
  expect(await executionsOf(tenantId)).toMatchObject([{ status: 'SUCCEEDED', redriveCount: 1 }]);
  const chain = await auditEvents(tenantId);
  expectWholeChain(chain);
  expect(chain.filter(({ type, step }) => type === 'StepStarted' && step === 'PlanTenant')).toHaveLength(2);
  // AWS's own API refuses a run that has succeeded, as ours does.
  await expect(stepFunctions.send(new RedriveExecutionCommand({ executionArn }))).rejects.toMatchObject({ name: 'ExecutionNotRedrivable' });
  expectProblem(await redrive(tenantId), 'not-redrivable');
});
