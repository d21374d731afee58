import { RedriveExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SignupStatus } from '../../contracts/signup.ts';
import type { StepName } from '../../contracts/steps.ts';
import type { TenantDetail } from '../../contracts/tenant.ts';
import { stepsOf } from '../../lambdas/shared/catalog.ts';
import { expectWholeChain } from '../support/chain.ts';
import { aftermathOf } from './support/aftermath.ts';
import { api, expectNoInternals } from './support/api.ts';
import { stepFunctions } from './support/clients.ts';
import { EventsListener } from './support/events-listener.ts';
import { cannotAssumeTenant, cannotReadPeople, cannotRecord, cannotStart, type Fault, tierWithdrawn } from './support/faults.ts';
import { auditEvents, executionsOf, readHead, stepRecords } from './support/records.ts';
import { confirm, onboard, readStatus, type Signup, signUp, untilOnboarded } from './support/signups.ts';
import { StaffMember } from './support/staff.ts';
import { until } from './support/until.ts';
import { world } from './support/world.ts';

const starterSteps = stepsOf('starter');

/*
 * Every step of the workflow made to fail, in every way that can be made in the world for one tenant alone, then mended and redriven. Each must end as a run
 * that met no trouble. All run at the same time: a step that is short of a permission is tried for some seconds before the run gives up.
 */

interface Case {
  readonly step: StepName;
  readonly fault: Fault;
  /** What the step can still say of its failure. */
  readonly recorded: boolean;
  readonly expected: { readonly class?: string; readonly error?: unknown; readonly operation?: string };
}

/** Services of AWS name it AccessDenied or AccessDeniedException. */
const denial = (operation: string) => ({ class: 'bug', error: expect.stringMatching(/^AccessDenied/), operation });
const commits = 'DynamoDB.TransactWriteItems';

/** What keeps a step from doing its own work; a step that does nothing but write the tenant has no such thing. */
const workFaults: Partial<Record<StepName, readonly Omit<Case, 'step' | 'recorded'>[]>> = {
  PlanTenant: [{ fault: tierWithdrawn, expected: { class: 'bug', error: 'InvalidInput' } }],
  EstablishIsolation: [{ fault: cannotAssumeTenant('EstablishIsolation'), expected: denial('STS.AssumeRole') }],
  CreateAdminUser: [{ fault: cannotReadPeople('CreateAdminUser'), expected: denial('KMS.Decrypt') }],
  TestTenant: [{ fault: cannotAssumeTenant('TestTenant'), expected: denial('STS.AssumeRole') }],
  ActivateTenant: [],
  InviteAdministrator: [],
  EmitTenantProvisioned: [],
};

const cases: readonly Case[] = starterSteps.flatMap((step) => [
  { step, fault: cannotStart(step), recorded: false, expected: {} },
  { step, fault: cannotRecord(step), recorded: true, expected: denial(commits) },
  ...(workFaults[step] ?? []).map((each) => ({ step, recorded: true, ...each })),
]);

/** A run that has failed, and what everybody saw of it before it was mended. */
interface Failed {
  readonly signup: Signup;
  readonly status: SignupStatus;
  readonly detail: TenantDetail;
  readonly executionArn: string;
  readonly stepsDone: readonly string[];
}

let clean: Signup;
let operator: StaffMember;
let events: EventsListener;
/** Of each case its failed run; all begin at once. */
let failures: Promise<Failed>[];
beforeAll(async () => {
  events = await EventsListener.start();
  [clean, operator] = await Promise.all([onboard(), StaffMember.signIn()]);
  failures = cases.map(bringToFailure);
  // Each is awaited by its own test, which tells why it did not come about.
  await Promise.allSettled(failures);
});
afterAll(async () => {
  await events.stop();
  await operator.leave();
});

async function bringToFailure({ step, fault }: Case): Promise<Failed> {
  const signup = await signUp();
  const { tenantId } = signup;
  await fault.break(tenantId);
  await confirm(signup);
  const execution = await until(`The failure of ${step}`, async () => {
    const [found] = (await readHead(tenantId)).run ? await executionsOf(tenantId) : [];
    expect(found?.status).not.toBe('SUCCEEDED');
    return found?.status === 'FAILED' && found;
  });
  const shown = await api('GET', `/tenants/${tenantId}`, { headers: await operator.authorization() });
  expect(shown.status).toBe(200);
  const stepsDone = (await stepRecords(tenantId)).filter(({ state }) => state === 'SUCCEEDED').map((record) => record.step);
  await fault.mend(tenantId);
  return {
    signup,
    status: await readStatus(signup),
    detail: shown.body as TenantDetail,
    executionArn: execution.executionArn ?? '',
    stepsDone,
  };
}

const redriveBy = {
  'the command line': async ({ signup }: Failed) => {
    const { exitCode, errors } = await operator.tenantry('redrive', signup.tenantId, '--reason', 'The cause is repaired.', '--json');
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' });
  },
  'the AWS SDK': async ({ executionArn }: Failed) => {
    await stepFunctions.send(new RedriveExecutionCommand({ executionArn }));
  },
};
const ways = Object.keys(redriveBy) as (keyof typeof redriveBy)[];

describe.each(
  cases.map((each, place) => ({ ...each, place, name: `${each.step} ${each.fault.what}`, way: ways[place % 2] as (typeof ways)[number] })),
)('$name', ({ step, fault, recorded, expected, way, place }) => {
  let failed: Failed;

  test('fails there, says so to the customer and to staff, and gives nothing away', async () => {
    failed = await (failures[place] as Promise<Failed>);
    const { status, detail, stepsDone } = failed;
    expect(stepsDone.toSorted()).toEqual(starterSteps.slice(0, starterSteps.indexOf(step)).toSorted());
    const shown = status.steps.find((found) => found.step === step);
    const staffsView = detail.steps.find((found) => found.step === step);
    expectNoInternals(JSON.stringify(status));
    if (recorded) {
      expect(shown).toMatchObject({ state: 'FAILED', failure: { reason: expect.any(String), nextAction: expect.any(String) } });
      // Who has been invited can sign in, whatever else is still to do.
      expect(status.next.map(({ action }) => action)).toEqual([step === 'EmitTenantProvisioned' ? 'sign-in' : 'wait']);
      expect(staffsView).toMatchObject({ state: 'FAILED', failure: expected });
      if (expected.operation) expect(shown?.failure?.reason).toBe('This step lacks a permission that it needs.');
    } else {
      expect(shown?.state).not.toBe('SUCCEEDED');
    }
  });

  test(`redriven by ${way}, ends as a run that met no trouble`, async () => {
    const { signup } = failed;
    await redriveBy[way](failed);
    await untilOnboarded(signup);
    expect(await aftermathOf(signup)).toEqual(await aftermathOf(clean));
  });

  test('nothing is doubled and nothing is missing in the audit chain', async () => {
    const { tenantId, request } = failed.signup;
    const chain = await auditEvents(tenantId);
    expectWholeChain(chain);
    expect(chain.filter(({ type }) => type === 'StepSucceeded').map((event) => event.step)).toEqual([...starterSteps]);
    const executions = await executionsOf(tenantId);
    expect(executions).toMatchObject([{ status: 'SUCCEEDED', redriveCount: 1 }]);
    expect(chain.filter(({ type }) => type === 'RedriveRequested')).toHaveLength(way === 'the command line' ? 1 : 0);
    const heard = await events.heardOf(tenantId);
    expect(new Set(heard.map(({ detail }) => detail.eventId)).size).toBe(1);
    const mails = (await world.mailsTo(request.administrator.email)) ?? [];
    const invitations = mails.filter(({ subject }) => subject === 'Your tenant is ready');
    // Where the record of a sent invitation was lost, the next attempt has to send another.
    const lostInvitation = step === 'InviteAdministrator' && fault.what === 'may not record its result';
    if (lostInvitation) expect(invitations.length).toBeGreaterThan(1);
    else expect(invitations).toHaveLength(1);
  });
});
