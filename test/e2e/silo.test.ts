import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Check } from '../../contracts/steps.ts';
import type { TenantDetail } from '../../contracts/tenant.ts';
import { stepsOf } from '../../lambdas/shared/catalog.ts';
import type { Silo } from '../../lambdas/shared/tenants.ts';
import { expectWholeChain } from '../support/chain.ts';
import { api, expectNoInternals } from './support/api.ts';
import { confirmWithRoom } from './support/cell-room.ts';
import { cannotRecord, cannotRequestCertificate, cannotStart, type Fault } from './support/faults.ts';
import { atProvider } from './support/payments.ts';
import { auditEvents, executionsOf, readHead, stepRecords, tenantDataItems, usersWith } from './support/records.ts';
import { readStatus, type Signup, untilOnboarded } from './support/signups.ts';
import {
  cannotProtectStack,
  certificatesOf,
  recordsOf,
  signUpForSilo,
  siloItems,
  siloMayNot,
  siloStack,
  siloUsers,
} from './support/silos.ts';
import { StaffMember } from './support/staff.ts';
import { until } from './support/until.ts';
import { world } from './support/world.ts';

/* A tenant with resources of its own: made as one stack, proven as every tenant is, and made again when it could not be made. */

const steps = stepsOf('enterprise');
const siloOf = async (tenantId: string) => (await readHead(tenantId)).silo as Silo;
const checksOf = async (tenantId: string) =>
  (await auditEvents(tenantId)).find(({ type, step }) => type === 'StepSucceeded' && step === 'TestTenant')?.data['checks'] as Check[];

let operator: StaffMember;
beforeAll(async () => {
  operator = await StaffMember.signIn();
});
afterAll(() => operator.leave());

describe('a tenant of a tier with a silo', () => {
  let signup: Signup;
  let tenantId: string;
  beforeAll(async () => {
    signup = await signUpForSilo();
    ({ tenantId } = signup);
    await confirmWithRoom(signup);
    await untilOnboarded(signup);
  });

  test('gets a stack of its own, which nobody deletes by a slip of the hand', async () => {
    const stack = await siloStack(tenantId);
    expect(stack).toMatchObject({ StackStatus: 'CREATE_COMPLETE', EnableTerminationProtection: true });
    const head = await readHead(tenantId);
    expect(head.status).toBe('ACTIVE');
    expect(head.silo).toMatchObject({ stackId: stack?.StackId, templateVersion: expect.stringMatching(/^[0-9a-f]{12}$/) });
    const { body } = await api('GET', `/tenants/${tenantId}`, { headers: await operator.authorization() });
    expect((body as TenantDetail).siloTemplateVersion).toBe(head.silo?.templateVersion);
  });

  test('was paid before it was built, and is billed from now on', async () => {
    const { conditionsMet } = await readHead(tenantId);
    const [planned] = (await stepRecords(tenantId)).filter(({ step }) => step === 'PlanTenant');
    expect(Date.parse(conditionsMet.paid ?? '')).toBeLessThan(Date.parse(planned?.startedAt ?? ''));
    const subscriptionId = await until('The subscription', async () => (await readHead(tenantId)).subscriptionId);
    const { customers, payments, subscriptions } = await atProvider(tenantId);
    expect([customers.length, payments.length]).toEqual([1, 1]);
    expect(payments).toMatchObject([{ amount: 49_900, status: 'succeeded' }]);
    expect(subscriptions).toMatchObject([{ id: subscriptionId, status: 'trialing' }]);
  });

  test('has a name of its own that leads to the application, and a certificate for it', async () => {
    const { hostName, certificateArn } = await readHead(tenantId);
    expect(hostName).toBe(`${signup.request.slug}.tenants.example`);
    expect(await recordsOf(hostName as string)).toEqual(
      expect.arrayContaining([`${hostName}. CNAME app.example`, `_tenantry.${hostName}. TXT "tenant=${tenantId}"`]),
    );
    expect(await certificatesOf(hostName as string)).toMatchObject([{ CertificateArn: certificateArn, Status: 'ISSUED' }]);
    const { body } = await api('GET', `/tenants/${tenantId}`, { headers: await operator.authorization() });
    expect((body as TenantDetail).hostName).toBe(hostName);
  });

  test('has its data and its people there, and nothing among the shared', async () => {
    const silo = await siloOf(tenantId);
    expect(await siloItems(silo, tenantId)).toMatchObject([{ itemId: 'NAMESPACE' }]);
    expect(await tenantDataItems(tenantId)).toEqual([]);
    expect(await siloUsers(silo)).toEqual([(await readHead(tenantId)).administratorUsername]);
    expect(await usersWith(signup.request.administrator.email)).toEqual([]);
  });

  test('is proven to reach its own and to be refused everything else, and the proof is in the audit trail', async () => {
    const checks = await checksOf(tenantId);
    for (const { check, expected, outcome } of checks) expect({ check, outcome }).toEqual({ check, outcome: expected });
    for (const what of ['item', 'object', 'data key'])
      for (const whose of ["another tenant's", "a shared store's"])
        expect(checks.filter(({ check, expected }) => check.includes(`${whose} ${what}`) && expected === 'denied')).not.toEqual([]);
    const chain = await auditEvents(tenantId);
    expectWholeChain(chain);
    const succeeded = chain.filter(({ type }) => type === 'StepSucceeded');
    expect(succeeded.map(({ step }) => step)).toEqual([...steps]);
    const bound = succeeded.find(({ step }) => step === 'EstablishIsolation');
    expect(bound?.data['result']).toMatchObject({ roleArn: (await siloOf(tenantId)).roleArn });
  });

  test('is invited, and waited for without being written at each look', async () => {
    const mails = (await world.mailsTo(signup.request.administrator.email)) ?? [];
    expect(mails.filter(({ subject }) => subject === 'Your tenant is ready')).toHaveLength(1);
    const started = (await auditEvents(tenantId)).filter(({ type, step }) => type === 'StepStarted' && step === 'DeploySilo');
    expect(started).toHaveLength(1);
  });
});

describe('a silo that cannot be made', () => {
  const fault = siloMayNot('cognito-idp:CreateUserPool');
  let signup: Signup;
  let tenantId: string;
  let failedStackId: string | undefined;
  beforeAll(async () => {
    signup = await signUpForSilo();
    ({ tenantId } = signup);
    await fault.break(tenantId);
    await confirmWithRoom(signup);
    await until('The failure of the silo', async () => (await executionsOf(tenantId))[0]?.status === 'FAILED');
  });

  test('fails the step with the reason in words, for the customer and for staff', async () => {
    const status = await readStatus(signup);
    expectNoInternals(JSON.stringify(status));
    expect(status.steps.find(({ step }) => step === 'DeploySilo')).toMatchObject({
      state: 'FAILED',
      failure: { reason: "The tenant's own user directory could not be made: a permission is missing on our side." },
    });
    const { body } = await api('GET', `/tenants/${tenantId}`, { headers: await operator.authorization() });
    expect((body as TenantDetail).steps.find(({ step }) => step === 'DeploySilo')?.failure).toMatchObject({
      class: 'bug',
      operation: expect.stringMatching(/^CloudFormation: CREATE_FAILED of \w+ \(AWS::Cognito::UserPool\)$/),
    });
  });

  test('leaves a stack that was rolled back, and nothing in it', async () => {
    const stack = await siloStack(tenantId);
    expect(stack?.StackStatus).toBe('ROLLBACK_COMPLETE');
    failedStackId = stack?.StackId;
    expect((await readHead(tenantId)).silo).toBeUndefined();
  });

  test('redriven without a repair, is cleared away, tried again and fails again', async () => {
    await operator.tenantry('redrive', tenantId, '--reason', 'Trying again.', '--json');
    await until(
      'The second failure',
      async () => {
        const [execution] = await executionsOf(tenantId);
        return execution?.redriveCount === 1 && execution.status === 'FAILED';
      },
      60,
    );
    const stack = await siloStack(tenantId);
    expect(stack?.StackStatus).toBe('ROLLBACK_COMPLETE');
    expect(stack?.StackId).not.toBe(failedStackId);
  });

  test('redriven after the repair, is cleared away, made again, and the tenant goes on to the end', async () => {
    await fault.mend(tenantId);
    await operator.tenantry('redrive', tenantId, '--reason', 'The permission is back.', '--json');
    await untilOnboarded(signup);
    expect((await siloStack(tenantId))?.StackStatus).toBe('CREATE_COMPLETE');
    for (const { check, expected, outcome } of await checksOf(tenantId)) expect({ check, outcome }).toEqual({ check, outcome: expected });
    const chain = await auditEvents(tenantId);
    expectWholeChain(chain);
    expect(chain.filter(({ type, step }) => type === 'StepFailed' && step === 'DeploySilo')).toHaveLength(2);
    expect(chain.filter(({ type }) => type === 'StepSucceeded').map(({ step }) => step)).toEqual([...steps]);
  });
});

const interruptions: Record<string, Fault> = {
  'before it is asked for': cannotStart('DeploySilo'),
  'when the stack has been made without it': cannotProtectStack,
  'after the stack is protected': cannotRecord('DeploySilo'),
  'before its name is asked for': cannotStart('RegisterHostName'),
  'before its certificate is asked for': cannotRequestCertificate,
  'when it has name and certificate': cannotRecord('RegisterHostName'),
};
async function interrupt(fault: Fault): Promise<Signup> {
  const signup = await signUpForSilo();
  const { tenantId } = signup;
  await fault.break(tenantId);
  await confirmWithRoom(signup);
  await until('The failure of the run', async () => (await executionsOf(tenantId))[0]?.status === 'FAILED');
  await fault.mend(tenantId);
  return signup;
}

describe('a run that is interrupted', () => {
  /** By the place. All at once, because they mostly wait. */
  let interrupted: Record<string, Promise<Signup>>;
  beforeAll(async () => {
    interrupted = Object.fromEntries(Object.entries(interruptions).map(([name, fault]) => [name, interrupt(fault)]));
    // Each is awaited by its own test, which tells why it did not come about.
    await Promise.allSettled(Object.values(interrupted));
  });

  test.each(Object.keys(interruptions))('%s: ends, redriven, with one silo, one certificate and the same proof', async (name) => {
    const signup = await (interrupted[name] as Promise<Signup>);
    const { tenantId } = signup;
    const { exitCode } = await operator.tenantry('redrive', tenantId, '--reason', 'The cause is repaired.', '--json');
    expect(exitCode).toBe(0);
    await untilOnboarded(signup);
    const { silo, hostName, certificateArn } = await readHead(tenantId);
    expect(silo?.stackId).toBe((await siloStack(tenantId))?.StackId);
    expect(await certificatesOf(hostName as string)).toMatchObject([{ CertificateArn: certificateArn, Status: 'ISSUED' }]);
    expect(await recordsOf(hostName as string)).toHaveLength(3);
    for (const { check, expected, outcome } of await checksOf(tenantId)) expect({ check, outcome }).toEqual({ check, outcome: expected });
    expectWholeChain(await auditEvents(tenantId));
  });
});
