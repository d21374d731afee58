import { describe, expect, test } from '@jest/globals';
import { beginPaying, stripe, world } from '../../../support/payments.ts';
import { another, asked, chargedTenant, customerOf, hour, open, openKinds, reconcile } from '../../../support/reconciliation.ts';
import { collectOutput } from '../../../support/standard-output.ts';

collectOutput();
beginPaying();

describe('a round', () => {
  test('goes through all pages of both sides, and the next begins six hours later', async () => {
    const tenants = [];
    for (let each = 0; each < 30; each += 1) tenants.push(await chargedTenant({ settled: false, hours: 2 }));
    world.database.pageSize = 7;
    expect(await reconcile()).toMatchObject({ tenants: 30, customers: 30, roundFinished: true });
    expect(asked().sort()).toEqual(tenants.sort());
    world.advance(hour);
    expect(await reconcile(false)).toMatchObject({ tenants: 0, customers: 0 });
    expect(await reconcile()).toMatchObject({ tenants: 30, customers: 30 });
  });

  test('goes on where the run before used its time up, and looks at nothing twice', async () => {
    for (let each = 0; each < 6; each += 1) await chargedTenant();
    // Each request takes the provider a minute and a half.
    stripe.fault = () => {
      world.advance(90_000);
      return undefined;
    };
    const runs = [await reconcile()];
    while (!runs.at(-1)?.['roundFinished']) runs.push(await reconcile(false));
    expect(runs.length).toBeGreaterThan(3);
    expect(runs.reduce((sum, run) => sum + Number(run['tenants']), 0)).toBe(6);
    expect(runs.reduce((sum, run) => sum + Number(run['customers']), 0)).toBe(6);
  });

  test('goes on where it was when the provider was away, and closes no finding on its silence', async () => {
    const tenants = [await chargedTenant(), await chargedTenant(), await chargedTenant()];
    const extra = another(tenants[0] as string, { status: 'active' });
    await reconcile();
    extra['status'] = 'canceled';
    stripe.fault = () => ({ status: 503, error: {} });
    await expect(reconcile()).rejects.toMatchObject({ failureClass: 'retry' });
    expect(openKinds()).toEqual([`SubscriptionDoubled ${extra.id}`]);
    stripe.fault = () => undefined;
    // Three comparisons in a row told that it is away: of the finding, and of two tenants. If the first of them had a page of its own, its turn is the next round.
    const next = await reconcile(false);
    expect(next).toMatchObject({ closed: 1, customers: 3, roundFinished: true });
    expect([2, 3]).toContain(next['tenants']);
  });

  test('passes over what is refused each time, three of it a run, and compares what is behind it', async () => {
    const refused: string[] = [];
    for (let each = 0; each < 4; each += 1) refused.push(customerOf(await chargedTenant()));
    const behind = await chargedTenant({ settled: false });
    stripe.fault = (said) => (refused.some((customer) => said.endsWith(customer)) ? { status: 400, error: {} } : undefined);
    for (let runs = 0; runs < 8 && asked().length === 0; runs += 1) await reconcile(false).catch(() => undefined);
    expect(asked()).toEqual([behind]);
  });

  test.each([400, 503])('one tenant’s trouble (%d) keeps no other waiting, and the run says that it failed', async (status) => {
    const [one, other] = [await chargedTenant(), await chargedTenant({ settled: false })];
    stripe.fault = (said) => (said.endsWith(customerOf(one)) ? { status, error: { type: 'invalid_request_error' } } : undefined);
    await expect(reconcile()).rejects.toThrow('1 comparisons failed');
    expect(asked()).toEqual([other]);
    stripe.fault = () => undefined;
    expect(await reconcile(false)).toMatchObject({ tenants: 0, customers: 0 });
  });

  test('looks at all open findings in turn, however long that takes', async () => {
    const extras = [];
    for (let each = 0; each < 5; each += 1) extras.push(another(await chargedTenant(), { status: 'active' }));
    await reconcile();
    expect(open()).toHaveLength(5);
    // The last to be looked at are over; the others still hold, and each request takes a minute.
    const last = extras.filter(({ id }) => open().at(-1)?.about === id || open()[0]?.about === id);
    for (const extra of last) extra['status'] = 'canceled';
    stripe.fault = () => {
      world.advance(60_000);
      return undefined;
    };
    for (let run = 0; run < 5; run += 1) await reconcile(false);
    expect(open()).toHaveLength(5 - last.length);
  });

  test('goes on when the customer where a page ended was deleted meanwhile', async () => {
    for (let each = 0; each < 3; each += 1) await chargedTenant();
    let times = 0;
    stripe.fault = (said) => {
      if (said !== 'GET /v1/customers') return undefined;
      times += 1;
      return times === 2 ? { status: 400, error: { type: 'invalid_request_error' } } : undefined;
    };
    expect(await reconcile()).toMatchObject({ roundFinished: true, failed: 0 });
  });

  test('that two runs go on with at once is gone on with by one of them', async () => {
    for (let each = 0; each < 3; each += 1) await chargedTenant();
    const { reached, release } = world.hold('Put');
    world.advance(6 * hour);
    const late = reconcile(false);
    await reached;
    await reconcile(false);
    release();
    expect(await late).toMatchObject({ roundFinished: false, failed: 0 });
  });
});
