import { beforeEach, describe, expect, test } from '@jest/globals';
import { handler as confirmSignup } from '../../../../lambdas/api/confirm-signup.ts';
import { handler as sendConfirmation } from '../../../../lambdas/events/send-confirmation.ts';
import { runtime } from '../../../../lambdas/shared/runtime.ts';
import { changeTenant, eventsOf, mailedToken, react, signUp, tenantOf } from '../../../support/onboarding.ts';
import { beginPaying, postWebhook, stripe, tellingOf, world } from '../../../support/payments.ts';
import { send } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';

collectOutput();
beginPaying();
let tenantId: string;
beforeEach(async () => {
  ({ tenantId } = await signUp({ tier: 'business' }));
});

const tell = async (body: string) => expect(await postWebhook(stripe, body)).toMatchObject({ status: 200, body: { received: true } });
async function confirm() {
  await react(sendConfirmation, tenantId);
  return send(confirmSignup, 'ConfirmSignup', { path: { tenantId }, body: { token: mailedToken(world) } });
}
const typesOf = () => eventsOf(world, tenantId).map(({ type }) => type);
const failed = { type: 'payment_intent.payment_failed' };

test('a payment is the last condition, whichever comes first', async () => {
  await tell(tellingOf(world, tenantId));
  expect(tenantOf(world, tenantId)).toMatchObject({ status: 'PENDING', conditionsMet: { paid: '2026-11-20T08:00:00.000Z' } });
  expect(await confirm()).toMatchObject({ status: 202, body: { status: 'PROVISIONING' } });

  ({ tenantId } = await signUp({ tier: 'business' }));
  expect(await confirm()).toMatchObject({ status: 202, body: { status: 'PENDING', next: [{ action: 'pay' }] } });
  await tell(tellingOf(world, tenantId));
  expect(tenantOf(world, tenantId)).toMatchObject({ status: 'PROVISIONING', revision: 2, run: { generation: 1 } });
  expect(eventsOf(world, tenantId).at(-1)).toMatchObject({
    type: 'PaymentSucceeded',
    actor: { kind: 'provider' },
    data: { to: 'PROVISIONING' },
  });
});

test('a payment gets its signup the whole time again for what is still missing', async () => {
  world.advance(6 * 86_400_000);
  await tell(tellingOf(world, tenantId));
  expect(tenantOf(world, tenantId).expiresAt).toBe('2026-12-03T08:00:00.000Z');
});

describe('a signature', () => {
  test.each([
    ['of another secret', (body: string) => stripe.sign(body, runtime.now().getTime()).replace(/v1=.{8}/, 'v1=00000000')],
    ['over another body', (body: string) => stripe.sign(`${body} `, runtime.now().getTime())],
    ['of five minutes and a second ago', (body: string) => stripe.sign(body, runtime.now().getTime() - 301_000)],
    ['of no form', () => 'v1'],
  ])('%s is refused, and changes nothing', async (_, signatureOf) => {
    const before = world.snapshot();
    const body = tellingOf(world, tenantId);
    expect(await postWebhook(stripe, body, signatureOf(body))).toMatchObject({
      status: 400,
      body: { type: expect.stringContaining('signature-invalid') },
    });
    expect(world.snapshot()).toEqual(before);
  });

  test('of five minutes ago is taken', async () => {
    const body = tellingOf(world, tenantId);
    expect((await postWebhook(stripe, body, stripe.sign(body, runtime.now().getTime() - 300_000))).status).toBe(200);
    expect(tenantOf(world, tenantId).conditionsMet.paid).toBeDefined();
  });

  test('that is missing is named', async () => {
    expect((await postWebhook(stripe, tellingOf(world, tenantId), '')).status).toBe(400);
  });
});

test.each([
  ['insufficient_funds', 'The card has insufficient funds.'],
  ['expired_card', 'The card has expired.'],
  ['some_new_code', 'The payment was declined.'],
])('a decline (%s) says why in words, and a success overcomes it', async (decline_code, reason) => {
  await tell(tellingOf(world, tenantId, { ...failed, object: { last_payment_error: { code: 'card_declined', decline_code } } }));
  expect(tenantOf(world, tenantId)).toMatchObject({ status: 'PENDING', payment: { failure: { reason } } });
  await tell(tellingOf(world, tenantId, { eventId: 'evt_2' }));
  expect(tenantOf(world, tenantId).payment?.failure).toBeUndefined();
});

test('an event that comes again, late, or after what has overtaken it changes nothing', async () => {
  const decline = tellingOf(world, tenantId, { ...failed, eventId: 'evt_decline', secondsAgo: 20 });
  await tell(decline);
  const declined = world.snapshot();
  await tell(decline);
  await tell(tellingOf(world, tenantId, { ...failed, eventId: 'evt_older', secondsAgo: 60 }));
  expect(world.snapshot()).toEqual(declined);
  await tell(tellingOf(world, tenantId));
  const paid = world.snapshot();
  await tell(tellingOf(world, tenantId));
  await tell(tellingOf(world, tenantId, { eventId: 'evt_again' }));
  await tell(tellingOf(world, tenantId, { ...failed, eventId: 'evt_late' }));
  expect(world.snapshot()).toEqual(paid);
});

test('money for a signup that has ended, or by a payment that is not its own, is paid back once', async () => {
  const body = tellingOf(world, tenantId);
  changeTenant(world, tenantId, { status: 'EXPIRED' });
  await tell(body);
  await tell(body);
  expect(stripe.refunds()).toHaveLength(1);
  expect(typesOf().filter((type) => type === 'PaymentRefunded')).toHaveLength(1);

  await tell(tellingOf(world, tenantId, { eventId: 'evt_other', object: { id: 'pi_other' } }));
  expect(stripe.refunds().map((refund) => refund['payment_intent'])).toContain('pi_other');
});

test('what is of no tenant, of another event, or of a tenant that is not here is taken and changes nothing', async () => {
  const before = world.snapshot();
  await tell(tellingOf(world, tenantId, { type: 'invoice.paid' }));
  await tell(tellingOf(world, tenantId, { object: { metadata: {} } }));
  await tell(tellingOf(world, tenantId, { object: { metadata: { tenantId: '99999999-9999-4999-8999-999999999999' } } }));
  expect(world.snapshot()).toEqual(before);
});
