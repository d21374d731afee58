import { GetExecutionHistoryCommand, RedriveExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { RedriveAccepted } from '../../contracts/tenant.ts';
import { stepsOf } from '../../lambdas/shared/catalog.ts';
import { expectWholeChain } from '../support/chain.ts';
import { aftermathOf } from './support/aftermath.ts';
import { stepFunctions } from './support/clients.ts';
import { cannotAssumeTenant, cannotReadTenant } from './support/faults.ts';
import { auditEvents, executionsOf, readHead } from './support/records.ts';
import { confirm, onboard, type Signup, signUp, untilOnboarded } from './support/signups.ts';
import { StaffMember } from './support/staff.ts';
import { until } from './support/until.ts';

/* Runs that start again from the top, because their execution cannot go on. */

let operator: StaffMember;
let clean: Signup;
beforeAll(async () => {
  [operator, clean] = await Promise.all([StaffMember.signIn(), onboard()]);
});
afterAll(() => operator.leave());

const redrive = async (tenantId: string, ...options: string[]) => {
  const { exitCode, output, errors } = await operator.tenantry('redrive', tenantId, '--reason', 'It is mended.', '--json', ...options);
  expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' });
  return RedriveAccepted.parse(JSON.parse(output));
};
const endOf = (tenantId: string, generation: number, wanted: string) =>
  until(`Generation ${generation} to be ${wanted}`, async () => {
    const execution = (await executionsOf(tenantId)).find(({ name }) => name?.endsWith(`-${generation}`));
    return execution?.status === wanted && execution;
  });

test('a new generation ends as a run that met no trouble, and a late redrive of the old one is refused by its steps', async () => {
  const fault = cannotAssumeTenant('TestTenant');
  const signup = await signUp();
  const { tenantId } = signup;
  await fault.break(tenantId);
  await confirm(signup);
  const { executionArn } = await until('The failure of the run', async () => {
    const [found] = (await readHead(tenantId)).run ? await executionsOf(tenantId) : [];
    return found?.status === 'FAILED' && found;
  });
  await fault.mend(tenantId);
  expect(await redrive(tenantId, '--new-generation')).toMatchObject({ way: 'new-generation', generation: 2, step: 'TestTenant' });
  await untilOnboarded(signup);
  await endOf(tenantId, 2, 'SUCCEEDED');
  expect(await aftermathOf(signup)).toEqual(await aftermathOf(clean));
  const chain = await auditEvents(tenantId);
  expectWholeChain(chain);
  expect(chain.filter(({ type }) => type === 'GenerationStarted')).toMatchObject([{ generation: 2, reason: 'It is mended.' }]);
  // What the first generation had done was answered from its records.
  expect(chain.filter(({ type }) => type === 'StepSucceeded').map(({ step }) => step)).toEqual([...stepsOf('starter')]);

  await stepFunctions.send(new RedriveExecutionCommand({ executionArn }));
  await endOf(tenantId, 1, 'FAILED');
  const { events = [] } = await stepFunctions.send(new GetExecutionHistoryCommand({ executionArn, reverseOrder: true }));
  expect(events[0]?.executionFailedEventDetails?.error).toBe('NotAllowed');
  const ofSteps = (events: typeof chain) => events.filter(({ type }) => type.startsWith('Step'));
  expect(ofSteps(await auditEvents(tenantId))).toEqual(ofSteps(chain));
});

test('a run whose execution does not exist is started by a new generation, once', async () => {
  const fault = cannotReadTenant('StartOnboarding');
  const signup = await signUp();
  const { tenantId } = signup;
  await fault.break(tenantId);
  await confirm(signup);
  expect(await executionsOf(tenantId)).toEqual([]);
  expect(await redrive(tenantId)).toMatchObject({ way: 'new-generation', generation: 2 });
  await fault.mend(tenantId);
  await untilOnboarded(signup);
  await endOf(tenantId, 2, 'SUCCEEDED');
  expect(await executionsOf(tenantId)).toHaveLength(1);
  expect(await aftermathOf(signup)).toEqual(await aftermathOf(clean));
});
