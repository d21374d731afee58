import { AdminGetUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Check, stepResults } from '../../contracts/steps.ts';
import type { TenantStatus } from '../../contracts/tenant.ts';
import { stepsOf } from '../../lambdas/shared/catalog.ts';
import { expectWholeChain } from '../support/chain.ts';
import { cognito, output } from './support/clients.ts';
import { EventsListener } from './support/events-listener.ts';
import { auditEvents, executionsOf, peopleItems, readHead, slugOwner, stepRecords, tenantDataItems, usersWith } from './support/records.ts';
import {
  confirm,
  confirmationLink,
  postConfirmation,
  postSignup,
  readStatus,
  type Signup,
  signUp,
  untilOnboarded,
} from './support/signups.ts';
import { proveTenantUser } from './support/tenant-user.ts';
import { until } from './support/until.ts';
import { world } from './support/world.ts';

const starterSteps = stepsOf('starter');

/* One organisation all the way; each test looks at another part of the world that it left behind. */

let signup: Signup;
const statuses: TenantStatus[] = [];
let events: EventsListener;
const email = () => signup.request.administrator.email;
const readsMails = world.mailsTo(world.addressOf('anybody')) !== undefined;

beforeAll(
  async () => {
    events = await EventsListener.start();
    signup = await signUp();
    const pending = await readStatus(signup);
    statuses.push(pending.status);
    expect(pending.next).toMatchObject([{ action: 'confirm-email' }]);
    expect(pending.steps.map(({ step, state }) => [step, state])).toEqual(starterSteps.map((step) => [step, 'WAITING']));
    if (readsMails) {
      // What a mail scanner does: it opens the link, twice.
      const link = await confirmationLink(signup);
      for (const answer of [await fetch(link), await fetch(link)]) {
        expect(answer.status).toBe(200);
        expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
        expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
        expect(await answer.text()).toMatch(/<form method="post">.*<button type="submit">Confirm address<\/button>/s);
      }
      expect(await readHead(signup.tenantId)).toMatchObject({ status: 'PENDING', revision: 1, conditionsMet: {}, chain: { seq: 1 } });
    }
    await confirm(signup);
    statuses.push((await untilOnboarded(signup)).status);
  },
  600_000 + world.confirmationSeconds * 1000,
);

afterAll(() => events.stop());

test('the accepted signup says what happens next and where to follow it', () => {
  const { accepted } = signup;
  expect(accepted).toMatchObject({ status: 'PENDING', next: [{ action: 'confirm-email', before: expect.any(String) }] });
  expect(accepted.statusUrl).toContain(`/signups/${signup.tenantId}?token=`);
  expect(Date.parse(accepted.statusUrlExpiresAt)).toBeGreaterThan(Date.now());
  expect(statuses).toEqual(['PENDING', 'ACTIVE']);
});

test('the status shows each step done, since when, with nothing left to estimate', async () => {
  const status = await readStatus(signup);
  expect(status.expectedDurationSeconds).toBe(0);
  expect(status.next).toMatchObject([{ action: 'sign-in' }]);
  expect(status.steps.map(({ step }) => step)).toEqual([...starterSteps]);
  for (const step of status.steps) expect(step).toMatchObject({ state: 'SUCCEEDED', attempt: 1, since: expect.any(String) });
  expect(status.steps.find(({ step }) => step === 'CreateAdminUser')?.label).toBe('Create admin user');
});

test('the head, the slug and the namespace are the tenant’s', async () => {
  const { tenantId, request } = signup;
  expect(await readHead(tenantId)).toMatchObject({ status: 'ACTIVE', revision: 3, slug: request.slug, tier: 'starter' });
  expect(await slugOwner(request.slug)).toBe(tenantId);
  // The namespace alone: the smoke test has taken its own item away again.
  expect(await tenantDataItems(tenantId)).toMatchObject([{ tenantId, itemId: 'NAMESPACE' }]);
});

test('every step has one record, done at its first attempt', async () => {
  const records = await stepRecords(signup.tenantId);
  expect(records.map(({ step }) => step).toSorted()).toEqual([...starterSteps].toSorted());
  for (const record of records) expect(record).toMatchObject({ state: 'SUCCEEDED', attempt: 1, redriveCount: 0, retryCount: 0 });
});

test('one execution ran, and knows ids only', async () => {
  const { tenantId } = signup;
  const { run } = await readHead(tenantId);
  const executions = await executionsOf(tenantId);
  expect(executions).toMatchObject([{ status: 'SUCCEEDED', name: `${run?.runId}-1`, redriveCount: 0 }]);
  const ids = { tenantId, runId: run?.runId, generation: 1 };
  expect(JSON.parse(executions[0]?.input ?? '')).toEqual(ids);
  expect(JSON.parse(executions[0]?.output ?? '')).toEqual(ids);
});

test('the audit chain is whole and holds the evidence of the smoke test', async () => {
  const events = await auditEvents(signup.tenantId);
  expectWholeChain(events);
  expect(events.map(({ type, step }) => (step ? `${type} ${step}` : type))).toEqual([
    'SignedUp',
    'EmailConfirmed',
    ...starterSteps.flatMap((step) => [`StepStarted ${step}`, `StepSucceeded ${step}`]),
  ]);
  const evidence = events.find(({ type, step }) => type === 'StepSucceeded' && step === 'TestTenant');
  const checks = evidence?.data['checks'] as Check[];
  expect(stepResults.TestTenant().parse(evidence?.data['result'])).toEqual({ passedChecks: checks.length });
  const denied = checks.filter(({ expected }) => expected === 'denied').map(({ check }) => check);
  expect(denied).toEqual(
    expect.arrayContaining([expect.stringMatching(/^read another tenant/), expect.stringMatching(/^write another tenant/)]),
  );
  for (const { expected, outcome } of checks) expect(outcome).toBe(expected);
  expect(checks).toContainEqual({ check: 'the administrator signs in', expected: 'allowed', outcome: 'allowed' });
});

test('the administrator’s user is the tenant’s, under a name that says nothing', async () => {
  const users = await usersWith(email());
  expect(users).toMatchObject([{ status: 'FORCE_CHANGE_PASSWORD', attributes: { 'custom:tenantId': signup.tenantId } }]);
  const username = users[0]?.username ?? '';
  expect(username).toMatch(/^u-[0-9a-f]{40}$/);
  const user = await cognito.send(new AdminGetUserCommand({ UserPoolId: output('TenantUserPoolId'), Username: username }));
  expect(user.Enabled).toBe(true);
});

test('the person stands in the people store, sealed', async () => {
  const people = await peopleItems(signup.tenantId);
  expect(people).toHaveLength(1);
  const sealed = Buffer.from(people[0]?.['sealed'] as Uint8Array).toString('latin1');
  expect(sealed.length).toBeGreaterThan(email().length);
  expect(sealed).not.toContain(email());
});

test('who listens to the bus hears of the tenant', async () => {
  const { tenantId, request } = signup;
  const [heard] = await until('The event', async () => {
    const deliveries = await events.heardOf(tenantId);
    return deliveries.length > 0 && deliveries;
  });
  expect(heard).toMatchObject({ 'detail-type': 'TenantProvisioned', detail: { tenantId, slug: request.slug, revision: 3 } });
});

(readsMails ? describe : describe.skip)('mails', () => {
  test('there is one confirmation and one invitation, and its temporary password signs in', async () => {
    const mails = (await world.mailsTo(email())) ?? [];
    expect(mails.map(({ subject }) => subject)).toEqual(['Confirm your e-mail address', 'Your tenant is ready']);
    const [, username, password] = /User name: (\S+?)<br>Temporary password: (.+?)<\/p>/.exec(mails[1]?.html ?? '') ?? [];
    const signedIn = await proveTenantUser(username ?? '', password ?? '');
    expect(signedIn.ChallengeName).toBe('NEW_PASSWORD_REQUIRED');
  });

  test('confirming again changes nothing', async () => {
    const before = await readHead(signup.tenantId);
    const token = new URL(await confirmationLink(signup)).searchParams.get('token');
    expect(await postConfirmation(signup.tenantId, token)).toMatchObject({ status: 202, body: { status: 'ACTIVE' } });
    expect(await readHead(signup.tenantId)).toEqual(before);
  });
});

test('the same signup again gets the same answer and makes nothing', async () => {
  const before = await readHead(signup.tenantId);
  expect(await postSignup(signup.request, signup.key)).toMatchObject({ status: 202, body: signup.accepted });
  expect(await readHead(signup.tenantId)).toEqual(before);
});
