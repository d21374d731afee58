import { beforeEach, expect, test } from '@jest/globals';
import { handler } from '../../../../lambdas/api/list-silos.ts';
import { type Silo, type Tenant, tenantItem } from '../../../../lambdas/shared/tenants.ts';
import { runStep, signUpAndConfirm, tenantBefore, tenantOf } from '../../../support/onboarding.ts';
import { send, staffClaims } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { newWorld, tables, type World } from '../../../support/world.ts';

collectOutput();
let world: World;
beforeEach(() => {
  world = newWorld();
});
const list = (query: Record<string, string> = {}) => send(handler, 'ListSilos', { query, claims: staffClaims });
const current = '0123456789ab';

/** Moves a tenant on, with its places in the indexes. */
const place = (tenant: Tenant, changes: Partial<Tenant>) => world.database.place(tables.tenants, tenantItem({ ...tenant, ...changes }));

/** A tenant whose silo is made. */
async function withSilo(changes: Partial<Tenant> = {}, templateVersion = current): Promise<string> {
  const tenantId = await tenantBefore(world, 'DeploySilo');
  await runStep(world, 'DeploySilo', tenantId);
  const tenant = tenantOf(world, tenantId);
  place(tenant, { ...changes, silo: { ...(tenant.silo as Silo), templateVersion } });
  world.advance(1_000);
  return tenantId;
}

test('lists silos with their version, and says which are behind', async () => {
  const older = await withSilo({ status: 'ACTIVE' }, 'ffffffffffff');
  const newer = await withSilo();
  const { status, body } = await list();
  expect(status).toBe(200);
  expect(body).toMatchObject({
    currentVersion: current,
    silos: [
      { tenantId: newer, tier: 'enterprise', status: 'PROVISIONING', cell: 'home', templateVersion: current, behind: false },
      { tenantId: older, status: 'ACTIVE', templateVersion: 'ffffffffffff', behind: true },
    ],
  });
  expect(body).not.toHaveProperty('nextCursor');
});

test('lists neither tenants that share everything, nor silos that are not made yet or are going away', async () => {
  await signUpAndConfirm(world);
  const planned = await tenantBefore(world, 'DeploySilo');
  place(tenantOf(world, planned), {});
  await withSilo({ status: 'DEPROVISIONED' });
  await withSilo({ status: 'ABANDONED' });
  expect((await list()).body.silos).toEqual([]);
});

test('pages through all of them, each once', async () => {
  const made: string[] = [];
  for (let count = 0; count < 7; count += 1) made.unshift(await withSilo());
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const { body } = await list({ limit: '3', ...(cursor ? { cursor } : {}) });
    seen.push(...body.silos.map(({ tenantId }: { tenantId: string }) => tenantId));
    cursor = body.nextCursor;
  } while (cursor);
  expect(seen).toEqual(made);
});

test.each([
  ['limit', { limit: '101' }],
  ['cursor', { cursor: 'not-one' }],
  ['tier', { tier: 'enterprise' }],
])('a query that is not valid is 400 and names %s', async (field, query) => {
  const { status, body } = await list(query as Record<string, string>);
  expect([status, body.errors.map((error: { field: string }) => error.field)]).toEqual([400, [field]]);
});
