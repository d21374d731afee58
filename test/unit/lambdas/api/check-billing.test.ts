import { beforeEach, expect, test } from '@jest/globals';
import { handler } from '../../../../lambdas/api/check-billing.ts';
import { settleBilling } from '../../../../lambdas/shared/settlement.ts';
import type { TenantPayment } from '../../../../lambdas/shared/tenants.ts';
import { expectWholeChain } from '../../../support/chain.ts';
import type { Thing } from '../../../support/fake-stripe.ts';
import { changeTenant, eventsOf, signUp, tenantOf } from '../../../support/onboarding.ts';
import { beginPaying, stripe, world } from '../../../support/payments.ts';
import { send, staffClaims } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { tables } from '../../../support/world.ts';

collectOutput();
beginPaying();
let tenantId: string;
beforeEach(async () => {
  ({ tenantId } = await signUp({ tier: 'business' }));
  changeTenant(world, tenantId, { status: 'ACTIVE', conditionsMet: { paid: '2026-11-20T08:00:00.000Z' } });
  await settleBilling(tenantId);
  world.advance(2 * 3_600_000);
  world.messages.length = 0;
});

const check = (body: object = {}) => send(handler, 'CheckBilling', { path: { tenantId }, body, claims: staffClaims });
const payment = () => tenantOf(world, tenantId).payment as TenantPayment;
const thing = (id: string | undefined) => stripe.things.find((each) => each.id === id) as Thing;
const another = (customer: string, fields: Record<string, unknown> = {}) =>
  stripe.create('subscriptions', {
    customer,
    metadata: { tenantId },
    items: { 0: stripe.things.find(({ id }) => id.startsWith('tenantry-business'))?.id },
    ...fields,
  });
const kinds = (body: { findings: { kind: string }[] }) => body.findings.map(({ kind }) => kind);

test('says that all is well, and writes nothing', async () => {
  const before = eventsOf(world, tenantId).length;
  const { status, body } = await check();
  expect(status).toBe(200);
  expect(body).toEqual({
    tenantId,
    billing: {
      customerId: payment().customerId,
      paymentIntentId: payment().paymentIntentId,
      ...{ amountMinorUnits: 4_900, currency: 'eur', payment: 'PAID', paidAt: '2026-11-20T08:00:00.000Z' },
      subscriptionId: tenantOf(world, tenantId).subscriptionId,
    },
    mended: [],
    findings: [],
  });
  expect(eventsOf(world, tenantId)).toHaveLength(before);
});

test('mends what is safe in the name of whoever asked, opens a finding for the rest, and closes it when it is over', async () => {
  const extra = another(payment().customerId);
  const charging = another(payment().customerId, { status: 'active' });
  const { body } = await check();
  expect(body.mended).toEqual([{ does: 'cancel-subscription', subscriptionId: extra.id }]);
  expect(kinds(body)).toEqual(['SubscriptionDoubled']);
  const actor = { kind: 'staff', id: staffClaims.sub };
  expect(eventsOf(world, tenantId).slice(-2)).toMatchObject([{ actor }, { actor }]);
  charging['status'] = 'canceled';
  expect((await check()).body).toMatchObject({ mended: [], findings: [] });
  expectWholeChain(eventsOf(world, tenantId));
});

test('settles at once what was never asked for, or was forgotten', async () => {
  const { subscriptionId } = tenantOf(world, tenantId);
  const { subscriptionId: _, ...rest } = tenantOf(world, tenantId);
  world.database.place(tables.tenants, rest as never);
  const { body } = await check();
  expect(body).toMatchObject({ mended: [{ does: 'settle' }], billing: { subscriptionId }, findings: [] });
});

test('takes up the customer that somebody made in the place of a deleted one, once its subscription is there', async () => {
  thing(payment().customerId)['deleted'] = true;
  thing(tenantOf(world, tenantId).subscriptionId)['status'] = 'canceled';
  expect(kinds((await check()).body)).toEqual(['CustomerMissing']);
  const customerId = stripe.create('customers', { metadata: { tenantId } }).id;
  expect((await check({ customerId })).body).toMatchObject({ mended: [], findings: [{ kind: 'CustomerMissing' }] });
  const { id: subscriptionId } = another(customerId);
  const { body } = await check({ customerId });
  expect(body.mended).toEqual([{ does: 'take-up-customer', customerId, subscriptionId }]);
  expect(body.findings).toEqual([]);
  expect(body.billing).toMatchObject({ customerId, subscriptionId, payment: 'PAID' });
});

test('refuses a customer that was not made for this tenant, and does not touch it', async () => {
  thing(payment().customerId)['deleted'] = true;
  const others = stripe.create('customers', { metadata: { tenantId: '99999999-9999-4999-8999-999999999999' } }).id;
  another(others);
  for (const customerId of [others, 'cus_unknown']) {
    const { status, body } = await check({ customerId });
    expect([status, body.errors[0].field]).toEqual([400, '/customerId']);
  }
  expect(payment().customerId).not.toBe(others);
});

test('refuses what is no id of the provider, and of a tenant, and says what to send', async () => {
  expect((await check({ customerId: 'not an id' })).body.errors).toMatchObject([
    { field: '/customerId', remedy: "Send the provider's id of a customer, such as cus_…, or leave it out." },
  ]);
  tenantId = 'not-an-id';
  expect((await check()).body.errors).toMatchObject([
    { field: 'tenantId', remedy: 'Send the id as the signup was answered with it: a UUID in lower case.' },
  ]);
});

test('a tenant that pays nothing has nothing to compare; an unknown one is 404', async () => {
  ({ tenantId } = await signUp());
  stripe.requests.length = 0;
  expect(await check()).toMatchObject({ status: 200, body: { tenantId, mended: [], findings: [] } });
  expect(stripe.requests).toEqual([]);
  tenantId = '99999999-9999-4999-8999-999999999999';
  expect((await check()).status).toBe(404);
});

test('a provider that is away is told as such', async () => {
  stripe.fault = () => ({ status: 503, error: {} });
  expect((await check()).status).toBe(503);
});
