import { describe, expect, test } from '@jest/globals';
import { settleBilling } from '../../../../lambdas/shared/settlement.ts';
import { expectWholeChain } from '../../../support/chain.ts';
import type { Thing } from '../../../support/fake-stripe.ts';
import { eventsOf, signUp, tenantOf } from '../../../support/onboarding.ts';
import { beginPaying, stripe, world } from '../../../support/payments.ts';
import {
  another,
  asked,
  change,
  chargedTenant,
  customerOf,
  findings,
  hour,
  open,
  openKinds,
  payment,
  reconcile,
  subscription,
  subscriptionIdOf,
  written,
} from '../../../support/reconciliation.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { tables } from '../../../support/world.ts';

collectOutput();
beginPaying();

test('leaves alone what is as it should be', async () => {
  await chargedTenant();
  await signUp({ tier: 'business' });
  await signUp();
  expect(await reconcile()).toMatchObject({ tenants: 1, customers: 2, mended: 0, found: 0, closed: 0, failed: 0, roundFinished: true });
  expect([findings(), world.messages, written()]).toEqual([[], [], []]);
});

describe('a tenant without a subscription', () => {
  test('is asked for again, in its first hour not yet, and after two days with a finding, which closes itself', async () => {
    const tenantId = await chargedTenant({ settled: false, hours: -5.5 });
    await reconcile();
    expect(asked()).toEqual([]);
    await reconcile();
    expect([asked(), open()]).toEqual([[tenantId], []]);
    world.advance(48 * hour);
    await reconcile();
    expect(asked()).toEqual([tenantId, tenantId]);
    expect(open()).toMatchObject([{ kind: 'SubscriptionMissing', tenantId }]);
    await settleBilling(tenantId);
    expect(await reconcile(false)).toMatchObject({ closed: 1, tenants: 0 });
    expect(open()).toEqual([]);
    expectWholeChain(eventsOf(world, tenantId));
  });

  test('whose subscription has ended at the provider is found, and takes up what is put in its place', async () => {
    const tenantId = await chargedTenant();
    const before = subscriptionIdOf(tenantId);
    subscription(before)['status'] = 'canceled';
    await reconcile();
    expect([openKinds(), asked()]).toEqual([['SubscriptionMissing'], []]);
    const next = another(tenantId, { status: 'active' });
    await reconcile();
    await reconcile();
    expect(subscriptionIdOf(tenantId)).toBe(next.id);
    expect(open()).toEqual([]);
    expect(eventsOf(world, tenantId).filter(({ type }) => type === 'SubscriptionTakenUp')).toHaveLength(1);
  });

  test('does not take up what charges another price, or is not of the tenant', async () => {
    const tenantId = await chargedTenant();
    subscription(subscriptionIdOf(tenantId))['status'] = 'canceled';
    const plan = stripe.create('plans', { id: 'other', amount: 9_900, currency: 'eur', interval: 'month' });
    const dear = another(tenantId, { items: { 0: plan.id } });
    const foreign = another(tenantId, { metadata: {} });
    await reconcile();
    expect(openKinds().sort()).toEqual(
      ['SubscriptionMissing', `SubscriptionDoubled ${dear.id}`, `SubscriptionDoubled ${foreign.id}`].sort(),
    );
    expect(written()).toEqual([]);
  });

  test('whose making was not noted is asked for again, which notes it', async () => {
    const tenantId = await chargedTenant();
    const made = subscriptionIdOf(tenantId);
    const { subscriptionId: _, ...rest } = tenantOf(world, tenantId);
    world.database.place(tables.tenants, rest as never);
    await reconcile();
    expect(asked()).toEqual([tenantId]);
    await settleBilling(tenantId);
    expect(subscriptionIdOf(tenantId)).toBe(made);
  });
});

describe('a further subscription of the same customer', () => {
  test('that we made and that has charged nothing is ended, and the tenant’s own is kept', async () => {
    const tenantId = await chargedTenant();
    const extra = another(tenantId);
    expect(await reconcile()).toMatchObject({ mended: 1, found: 0 });
    expect([extra['status'], subscription(subscriptionIdOf(tenantId))['status']]).toEqual(['canceled', 'trialing']);
    expect(eventsOf(world, tenantId).at(-1)).toMatchObject({ type: 'ExtraSubscriptionEnded', data: { subscriptionId: extra.id } });
    expect(await reconcile()).toMatchObject({ mended: 0 });
  });

  test.each([
    ['charges', { status: 'active' }],
    ['was made by somebody at the provider', { metadata: {} }],
  ])('that %s is found, and left to people', async (_, fields) => {
    const tenantId = await chargedTenant();
    const extra = another(tenantId, fields);
    await reconcile();
    await reconcile();
    expect(openKinds()).toEqual([`SubscriptionDoubled ${extra.id}`]);
    expect(written()).toEqual([]);
    expect(eventsOf(world, tenantId).filter(({ type }) => type === 'FindingOpened')).toHaveLength(1);
    extra['status'] = 'canceled';
    await reconcile(false);
    expect(open()).toEqual([]);
  });

  test('that was sold beside the tier is let be, while the tenant lives', async () => {
    const tenantId = await chargedTenant();
    const extra = another(tenantId, { status: 'active' });
    await reconcile();
    extra['metadata'] = { soldBeside: 'true' };
    await reconcile(false);
    expect([open(), extra['status']]).toEqual([[], 'active']);
    change(tenantId, { status: 'DEPROVISIONED' });
    await settleBilling(tenantId);
    expect(extra['status']).toBe('canceled');
  });
});

test.each([
  ['amount', { amount: 100 }],
  ['currency', { currency: 'usd' }],
  ['interval', { interval: 'year' }],
])('a subscription with another %s is found, until it is what was agreed', async (_, fields) => {
  const tenantId = await chargedTenant();
  const { items } = subscription(subscriptionIdOf(tenantId)) as unknown as { items: { data: { plan: object }[] } };
  const [item] = items.data as [{ plan: object }];
  const { plan } = item;
  item.plan = { ...plan, ...fields };
  await reconcile();
  expect(openKinds()).toEqual([`SubscriptionPriceWrong ${subscriptionIdOf(tenantId)}`]);
  item.plan = plan;
  expect(await reconcile(false)).toMatchObject({ closed: 1 });
});

describe('a customer that was deleted', () => {
  const deleteCustomer = (tenantId: string) => {
    const customer = stripe.things.find(({ id }) => id === customerOf(tenantId)) as Thing;
    customer['deleted'] = true;
    subscription(subscriptionIdOf(tenantId))['status'] = 'canceled';
    return customer;
  };

  test('is found, until it is there again', async () => {
    const tenantId = await chargedTenant();
    const customer = deleteCustomer(tenantId);
    await reconcile();
    expect(openKinds()).toEqual(['CustomerMissing']);
    delete customer['deleted'];
    subscription(subscriptionIdOf(tenantId))['status'] = 'active';
    await reconcile(false);
    expect(open()).toEqual([]);
  });

  test('has the customer taken up that is made in its place, once it has the agreed subscription', async () => {
    const tenantId = await chargedTenant();
    deleteCustomer(tenantId);
    await reconcile();
    const customer = stripe.create('customers', { metadata: { tenantId } }).id;
    const paid = stripe.create('payment_intents', { customer, status: 'succeeded', metadata: { tenantId } });
    const dear = another(tenantId, { customer });
    (dear as unknown as { items: { data: { plan: object }[] } }).items.data = [{ plan: { amount: 1, currency: 'eur', interval: 'month' } }];
    await reconcile();
    // Whoever is making it is not disturbed: nothing is ended or paid back.
    expect([openKinds(), written(), paid['status'], dear['status']]).toEqual([['CustomerMissing'], [], 'succeeded', 'trialing']);
    const next = another(tenantId, { customer });
    await reconcile();
    expect([customerOf(tenantId), subscriptionIdOf(tenantId)]).toEqual([customer, next.id]);
    expect(eventsOf(world, tenantId).at(-1)).toMatchObject({
      type: 'CustomerTakenUp',
      data: { customerId: customer, subscriptionId: next.id },
    });
    await reconcile(false);
    expect(openKinds()).not.toContain('CustomerMissing');
    expectWholeChain(eventsOf(world, tenantId));
  });
});

describe('a second customer of a tenant', () => {
  const second = (tenantId: string) => stripe.create('customers', { metadata: { tenantId } }).id;

  test('loses what could be paid, and gets back what was', async () => {
    const tenantId = await chargedTenant();
    const customer = second(tenantId);
    const [unpaid, paid] = ['requires_payment_method', 'succeeded'].map((status) =>
      stripe.create('payment_intents', { customer, status, metadata: { tenantId } }),
    ) as [Thing, Thing];
    const trial = another(tenantId, { customer });
    await reconcile();
    expect([unpaid['status'], trial['status']]).toEqual(['canceled', 'canceled']);
    expect(stripe.refunds().map((refund) => refund['payment_intent'])).toEqual([paid.id]);
    // Its own payment, customer and subscription are as before.
    expect([payment(tenantId).status, subscription(subscriptionIdOf(tenantId))['status']]).toEqual(['succeeded', 'trialing']);
    expect(await reconcile()).toMatchObject({ mended: 0, found: 0 });
  });

  test('that is charged is found', async () => {
    const tenantId = await chargedTenant();
    const customer = second(tenantId);
    const charging = another(tenantId, { customer, status: 'active' });
    await reconcile();
    expect(openKinds()).toEqual([`CustomerDoubled ${customer}`]);
    charging['status'] = 'canceled';
    await reconcile(false);
    expect(open()).toEqual([]);
  });

  test('of a signup that may still ask for its payment is left alone', async () => {
    const { tenantId } = await signUp({ tier: 'business' });
    const customer = second(tenantId);
    const unpaid = stripe.create('payment_intents', { customer, status: 'requires_payment_method', metadata: { tenantId } });
    await reconcile();
    expect([unpaid['status'], findings()]).toEqual(['requires_payment_method', []]);
  });
});

describe.each(['EXPIRED', 'ABANDONED', 'DEPROVISIONED'] as const)('a customer of a tenant that is %s', (status) => {
  const end = (tenantId: string) =>
    change(tenantId, { status, statusChangedAt: new Date(Date.parse('2026-11-20T12:00:00Z')).toISOString() });

  test('is settled again, with a finding after two days', async () => {
    const tenantId = await chargedTenant({ hours: 4 });
    end(tenantId);
    await reconcile();
    expect([asked(), open()]).toEqual([[tenantId], []]);
    world.advance(48 * hour);
    await reconcile();
    expect(openKinds()).toEqual([`EndedTenantBilled ${customerOf(tenantId)}`]);
    await settleBilling(tenantId);
    expect(await reconcile()).toMatchObject({ closed: 1, mended: 0, found: 0 });
  });

  test('loses what could be paid beside its one payment', async () => {
    const tenantId = await chargedTenant({ hours: 4 });
    end(tenantId);
    await settleBilling(tenantId);
    const customer = customerOf(tenantId);
    const unpaid = stripe.create('payment_intents', { customer, status: 'requires_payment_method', metadata: { tenantId } });
    expect(await reconcile()).toMatchObject({ mended: 1, found: 0 });
    expect([unpaid['status'], asked()]).toEqual(['canceled', []]);
    expect(await reconcile()).toMatchObject({ mended: 0 });
  });

  test('is asked for on one day of a month when it has long ended, and what was made for it since is found then', async () => {
    const tenantId = await chargedTenant({ hours: 4 });
    end(tenantId);
    await settleBilling(tenantId);
    world.advance(31 * 24 * hour);
    const daysThatAsk = async () => {
      const days: number[] = [];
      for (let day = 0; day < 30; day += 1) {
        await reconcile();
        if (stripe.requests.some((request) => /subscriptions/.test(request))) days.push(day);
        world.advance(18 * hour);
      }
      return days;
    };
    expect(await daysThatAsk()).toHaveLength(1);
    const customer = customerOf(tenantId);
    const unpaid = stripe.create('payment_intents', { customer, status: 'requires_payment_method', metadata: { tenantId } });
    await daysThatAsk();
    expect(unpaid['status']).toBe('canceled');
  });

  test('that is a second one loses its subscription and what could be paid', async () => {
    const tenantId = await chargedTenant({ hours: 4 });
    const customer = stripe.create('customers', { metadata: { tenantId } }).id;
    const charging = another(tenantId, { customer, status: 'active' });
    const unpaid = stripe.create('payment_intents', { customer, status: 'requires_payment_method', metadata: { tenantId } });
    end(tenantId);
    await settleBilling(tenantId);
    await reconcile();
    expect([charging['status'], unpaid['status']]).toEqual(['canceled', 'canceled']);
    expect(await reconcile()).toMatchObject({ mended: 0, found: 0 });
  });
});

test('a customer of a tenant that does not exist is found when it can be charged, and never touched', async () => {
  const tenantId = '99999999-9999-4999-8999-999999999999';
  const quiet = stripe.create('customers', { metadata: { tenantId } });
  const customer = stripe.create('customers', { metadata: { tenantId } }).id;
  const charging = stripe.create('subscriptions', { customer, metadata: { tenantId }, items: { data: [] } });
  expect(await reconcile()).toMatchObject({ mended: 0, found: 1 });
  expect(open()).toMatchObject([{ kind: 'CustomerUnknown', about: customer }]);
  expect(open()[0]?.tenantId).toBeUndefined();
  expect([written(), quiet['deleted']]).toEqual([[], undefined]);
  charging['status'] = 'canceled';
  await reconcile(false);
  expect(open()).toEqual([]);
});

test('a deployment whose payment provider is not set has nothing to compare, unless a tenant is charged', async () => {
  const tenantId = await chargedTenant();
  // Functions keep the secret for a time; these of all tests share it.
  world.advance(10_000 * hour);
  world.secrets.payment = 'as the deployment made it';
  await expect(reconcile()).rejects.toThrow('1 comparisons failed');
  change(tenantId, { status: 'EXPIRED' });
  expect(await reconcile()).toMatchObject({ tenants: 0, customers: 0, failed: 0, roundFinished: true });
  expect(findings()).toEqual([]);
});

test('customers of others in the same account are none of ours', async () => {
  stripe.create('customers', {});
  stripe.create('customers', { metadata: { tenantId: 'not-one-of-ours' } });
  expect(await reconcile()).toMatchObject({ customers: 0, found: 0 });
});
