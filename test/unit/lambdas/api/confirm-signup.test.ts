import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { expect, test } from '@jest/globals';
import { handler } from '../../../../lambdas/api/confirm-signup.ts';
import { handler as expireSignups } from '../../../../lambdas/events/expire-signups.ts';
import { handler as sendConfirmation } from '../../../../lambdas/events/send-confirmation.ts';
import { changeTenant, eventsOf, mailedToken, react, signUp, signUpAndConfirm, tenantOf } from '../../../support/onboarding.ts';
import { context, send } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { newWorld, type World } from '../../../support/world.ts';

collectOutput();

async function mailedSignup(world: World) {
  const { tenantId } = await signUp();
  await react(sendConfirmation, tenantId);
  return { tenantId, token: mailedToken(world) };
}
const confirm = (tenantId: string, token: unknown) => send(handler, 'ConfirmSignup', { path: { tenantId }, body: { token } });

test('the token from the mail makes the tenant PROVISIONING with a run, in one transaction with its event', async () => {
  const world = newWorld();
  const { tenantId, token } = await mailedSignup(world);
  world.advance(5_000);
  const { status, body } = await confirm(tenantId, token);
  expect([status, body.status, body.next[0].action]).toEqual([202, 'PROVISIONING', 'wait']);
  const tenant = tenantOf(world, tenantId);
  expect(tenant).toMatchObject({
    status: 'PROVISIONING',
    revision: 2,
    statusChangedAt: '2026-11-20T08:00:05.000Z',
    conditionsMet: { 'email-confirmed': '2026-11-20T08:00:05.000Z' },
    run: { generation: 1, runId: expect.stringMatching(/^onboard-[0-9a-f-]{36}$/) },
  });
  expect(tenant).not.toHaveProperty('expiresAt');
  expect(eventsOf(world, tenantId).at(-1)).toMatchObject({
    type: 'EmailConfirmed',
    actor: { kind: 'customer', id: tenant.administratorId },
    runId: tenant.run?.runId,
    revision: 2,
    data: { from: 'PENDING', to: 'PROVISIONING', trigger: 'conditions-met' },
  });
});

test('confirming again answers the same and writes nothing, also many times at once', async () => {
  const world = newWorld();
  const { tenantId, token } = await mailedSignup(world);
  const answers = await Promise.all(Array.from({ length: 15 }, () => confirm(tenantId, token)));
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(eventsOf(world, tenantId).map(({ type }) => type)).toEqual(['SignedUp', 'EmailConfirmed']);
  const before = world.snapshot();
  expect((await confirm(tenantId, token)).status).toBe(202);
  expect(world.snapshot()).toEqual(before);
});

test('a tier that waits for more than the address stays PENDING, and says for what', async () => {
  const world = newWorld();
  const { tenantId, token } = await mailedSignup(world);
  changeTenant(world, tenantId, { activationConditions: ['email-confirmed', 'paid'] });
  const { status, body } = await confirm(tenantId, token);
  expect([status, body.status, body.next[0].description]).toEqual([202, 'PENDING', expect.stringContaining('payment')]);
  expect(tenantOf(world, tenantId)).toMatchObject({ status: 'PENDING', revision: 1 });
  expect(tenantOf(world, tenantId).run).toBeUndefined();
});

test('a wrong token, another signup’s token, the reader token and an unknown tenant are the same 404, and change nothing', async () => {
  const world = newWorld();
  const { tenantId } = await mailedSignup(world);
  const { token: foreign } = await mailedSignup(world);
  const { tenantId: third, statusUrl } = await signUp();
  const before = world.snapshot();
  const answers = [
    await confirm(tenantId, 'x'.repeat(43)),
    await confirm(tenantId, foreign),
    await confirm(third, new URL(statusUrl).searchParams.get('token')),
    await confirm('99999999-9999-4999-8999-999999999999', foreign),
  ];
  for (const { status, text } of answers) expect([status, text]).toEqual([404, answers[0]?.text]);
  expect(world.snapshot()).toEqual(before);
});

test('a signup that has expired is 410, whether or not the schedule has ended it yet', async () => {
  const world = newWorld();
  const { tenantId, token } = await mailedSignup(world);
  world.advance(7 * 86_400_000);
  expect((await confirm(tenantId, token)).status).toBe(410);
  world.advance(1);
  await (expireSignups as (event: unknown, context: unknown) => Promise<unknown>)({}, context());
  const { status, body } = await confirm(tenantId, token);
  expect([status, body.type]).toEqual([410, 'urn:problem-type:tenantry:signup-expired']);
  expect(tenantOf(world, tenantId).status).toBe('EXPIRED');
});

test('until the last millisecond it can be confirmed', async () => {
  const world = newWorld();
  const { tenantId, token } = await mailedSignup(world);
  world.advance(7 * 86_400_000 - 1);
  expect((await confirm(tenantId, token)).status).toBe(202);
});

test.each([[undefined], [17], ['short'], ['x'.repeat(44)], ['x'.repeat(42).concat('!')]])(
  'a token that is none is 400: %p',
  async (token) => {
    const world = newWorld();
    const { status, body } = await confirm('99999999-9999-4999-8999-999999999999', token);
    expect([status, body.errors[0].field]).toEqual([400, '/token']);
    expect(world.calls).toEqual([]);
  },
);

const form = { 'Content-Type': 'application/x-www-form-urlencoded' };

test('the form of the page works without scripts, and is answered by a page', async () => {
  const world = newWorld();
  const { tenantId, token } = await mailedSignup(world);
  const { status, contentType, text } = await send(handler, 'ConfirmSignup', { path: { tenantId }, headers: form, body: `token=${token}` });
  expect([status, contentType]).toEqual([200, 'text/html; charset=utf-8']);
  expect(text).toContain('Your address is confirmed');
  expect(tenantOf(world, tenantId).status).toBe('PROVISIONING');
});

test('a refused form is answered by a page with the problem’s status', async () => {
  newWorld();
  const path = { tenantId: '99999999-9999-4999-8999-999999999999' };
  const unknown = await send(handler, 'ConfirmSignup', { path, headers: form, body: `token=${'x'.repeat(43)}` });
  expect([unknown.status, unknown.contentType]).toEqual([404, 'text/html; charset=utf-8']);
  const malformed = await send(handler, 'ConfirmSignup', { path, headers: form, body: 'token=%3Cscript%3E&%3Cb%3E=1' });
  expect([malformed.status, malformed.text.includes('<b>'), malformed.text.includes('<script')]).toEqual([400, false, false]);
});

test('a confirmation that loses a race is decided anew', async () => {
  const world = newWorld();
  const { tenantId, token } = await mailedSignup(world);
  world.fail(
    'TransactWrite',
    new TransactionCanceledException({ message: '', $metadata: {}, CancellationReasons: [{ Code: 'TransactionConflict' }] }),
  );
  expect((await confirm(tenantId, token)).status).toBe(202);
  expect(await signUpAndConfirm(world)).not.toBe(tenantId);
});
