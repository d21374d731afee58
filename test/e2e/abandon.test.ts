import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TenantDetail } from '../../contracts/tenant.ts';
import type { Silo } from '../../lambdas/shared/tenants.ts';
import { expectWholeChain } from '../support/chain.ts';
import { abandon, nothing, remainsOf, remainsOfSilo, shownTo, untilAbandoned } from './support/abandoned.ts';
import { api, expectProblem } from './support/api.ts';
import { confirmWithRoom } from './support/cell-room.ts';
import { EventsListener } from './support/events-listener.ts';
import { cannotAssumeTenant, cannotRecord } from './support/faults.ts';
import { findingsOf } from './support/findings.ts';
import { atProvider, refundsOf } from './support/payments.ts';
import { auditEvents, executionsOf, readHead } from './support/records.ts';
import { confirm, onboard, postSignup, readStatus, type Signup, signUp } from './support/signups.ts';
import { certificatesOf, recordsOf, signUpForSilo, siloMayNot, siloStack } from './support/silos.ts';
import { StaffMember } from './support/staff.ts';
import { until } from './support/until.ts';
import { world } from './support/world.ts';

/* Onboardings that are given up: whatever they had made is gone, and the same organisation can sign up anew. */

let operator: StaffMember;
let events: EventsListener;
/** By their place. All at once, because they mostly wait. */
let givenUp: Record<string, Promise<GivenUp>>;
beforeAll(async () => {
  [operator, events] = await Promise.all([StaffMember.signIn(), EventsListener.start()]);
  givenUp = Object.fromEntries(Object.entries(places).map(([name, arrive]) => [name, giveUp(arrive)]));
  // Each is awaited by its own test, which tells why it did not come about.
  await Promise.allSettled(Object.values(givenUp));
});
afterAll(async () => {
  await events.stop();
  await operator.leave();
});

const untilFailed = (tenantId: string) =>
  until('The failure of the run', async () => (await executionsOf(tenantId))[0]?.status === 'FAILED');

/** An onboarding in some place, which it is brought to by breaking something. */
interface Place {
  readonly signup: Signup;
  readonly silo?: Silo | undefined;
}
const places: Record<string, () => Promise<Place>> = {
  'not confirmed and not paid': async () => ({ signup: await signUp({ tier: 'business' }) }),
  'in the midst of its steps, among the shared': async () => {
    const signup = await signUp();
    await cannotAssumeTenant('TestTenant').break(signup.tenantId);
    await confirm(signup);
    await untilFailed(signup.tenantId);
    return { signup };
  },
  'under way': async () => {
    const signup = await signUpForSilo();
    await confirmWithRoom(signup);
    await until('The silo to be begun', () => siloStack(signup.tenantId));
    return { signup };
  },
  'with a silo, a name and a payment': async () => {
    const signup = await signUpForSilo();
    await cannotAssumeTenant('TestTenant').break(signup.tenantId);
    await confirmWithRoom(signup);
    await untilFailed(signup.tenantId);
    return { signup, silo: (await readHead(signup.tenantId)).silo };
  },
  'with a silo that could not be made': async () => {
    const signup = await signUpForSilo();
    const fault = siloMayNot('cognito-idp:CreateUserPool');
    await fault.break(signup.tenantId);
    await confirmWithRoom(signup);
    await untilFailed(signup.tenantId);
    await fault.mend(signup.tenantId);
    return { signup };
  },
};

/** An onboarding that was given up in its place, and undone to the end. */
interface GivenUp extends Place {
  readonly hostName?: string | undefined;
  readonly ended: TenantDetail;
}
async function giveUp(arrive: () => Promise<Place>): Promise<GivenUp> {
  const place = await arrive();
  const { tenantId } = place.signup;
  const { hostName } = await readHead(tenantId);
  await abandon(operator, tenantId);
  return { ...place, hostName, ended: await untilAbandoned(operator, tenantId) };
}

describe.each(Object.keys(places).map((name) => [name]))('an onboarding that is %s', (name) => {
  let signup: Signup;
  let silo: Silo | undefined;
  let ended: TenantDetail;
  let hostName: string | undefined;

  test('is given up, and undone to the end', async () => {
    ({ signup, silo, hostName, ended } = await (givenUp[name] as Promise<GivenUp>));
    expect((await readHead(signup.tenantId)).cell).toBeUndefined();
    expectWholeChain(await auditEvents(signup.tenantId));
  });

  test('leaves nothing, and says what stays for a while', async () => {
    expect(await remainsOf(signup)).toEqual(nothing);
    if (hostName) expect([await recordsOf(hostName), await certificatesOf(hostName)]).toEqual([[], []]);
    if (!silo) return;
    expect(await remainsOfSilo(silo, signup.tenantId)).toEqual({ userPool: undefined, items: undefined, keyState: 'PendingDeletion' });
    const s3 = new S3Client({ ...world.clientOptions, forcePathStyle: true });
    await expect(s3.send(new HeadBucketCommand({ Bucket: silo.bucketName }))).rejects.toMatchObject({ name: 'NotFound' });
    expect(ended.notUndone).toEqual([expect.stringContaining(silo.keyId)]);
  });

  test('costs the customer nothing', async () => {
    const { payment } = await readHead(signup.tenantId);
    if (!payment) return;
    const { payments, subscriptions } = await atProvider(signup.tenantId);
    expect(subscriptions.filter(({ status }) => status !== 'canceled')).toEqual([]);
    const paid = payments.filter(({ status }) => status === 'succeeded');
    // localstripe knows no refunds of a payment that was never tried.
    if (paid.length > 0) expect(await refundsOf(payment)).toHaveLength(paid.length);
    expect(paid.length === 0 ? payments : paid).toMatchObject([{ status: paid.length === 0 ? 'canceled' : 'succeeded' }]);
  });

  test('is told to the customer, and to other teams once', async () => {
    expect(await readStatus(signup)).toMatchObject({ status: 'ABANDONED', steps: [], next: [{ action: 'none' }] });
    const heard = await events.heardOf(signup.tenantId);
    expect(new Set(heard.map((event) => `${event['detail-type']} ${event.detail.eventId}`)).size).toBe(1);
    expect(heard[0]?.['detail-type']).toBe('TenantAbandoned');
  });

  test('has nothing left that staff must do', async () => {
    await until('The end of its findings', async () => (await findingsOf(operator, `tenantId=${signup.tenantId}&state=open`)).length === 0);
  });

  test('has used its Idempotency-Key up, and its slug can be had again', async () => {
    expectProblem(await postSignup(signup.request, signup.key), 'signup-abandoned');
    const again = await signUp({ slug: signup.request.slug });
    expect(again.tenantId).not.toBe(signup.tenantId);
  });
});

test('an interrupted undoing is redriven, and ends as any other', async () => {
  const fault = cannotRecord('DeleteAdminUser');
  const signup = await signUp();
  const { tenantId } = signup;
  await cannotAssumeTenant('TestTenant').break(tenantId);
  await confirm(signup);
  await untilFailed(tenantId);
  await fault.break(tenantId);
  await abandon(operator, tenantId);
  await until('The failure of the step', async () =>
    (await shownTo(operator, tenantId)).steps.some(
      ({ step, state, attempt }) => step === 'DeleteAdminUser' && state === 'FAILED' && attempt === 5,
    ),
  );
  await fault.mend(tenantId);
  await until('The redrive', async () => {
    const { exitCode } = await operator.tenantry('redrive', tenantId, '--reason', 'The permission is back.', '--json');
    return exitCode === 0;
  });
  await untilAbandoned(operator, tenantId);
  expect(await remainsOf(signup)).toEqual(nothing);
  expectWholeChain(await auditEvents(tenantId));
});

test('an active tenant is refused, and stays as it is', async () => {
  const { tenantId } = await onboard();
  const before = await auditEvents(tenantId);
  const headers = await operator.authorization();
  expectProblem(await api('POST', `/tenants/${tenantId}/abandon`, { headers, body: { reason: 'By mistake.' } }), 'not-abandonable');
  expect(await auditEvents(tenantId)).toEqual(before);
});
