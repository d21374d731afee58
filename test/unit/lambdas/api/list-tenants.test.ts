import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { handler } from '../../../../lambdas/api/list-tenants.ts';
import { type Tenant, tenantItem } from '../../../../lambdas/shared/tenants.ts';
import { signUp, signUpAndConfirm } from '../../../support/onboarding.ts';
import { send, staffClaims } from '../../../support/requests.ts';
import { newWorld, tables, type World } from '../../../support/world.ts';

let world: World;
beforeEach(() => {
  world = newWorld();
});

const list = (query: Record<string, string> = {}) => send(handler, 'ListTenants', { query, claims: staffClaims });

/** Follows the cursor to the end. @returns the pages' tenant ids */
async function pages(query: Record<string, string>): Promise<string[][]> {
  const all: string[][] = [];
  let cursor: string | undefined;
  do {
    const { status, body } = await list({ ...query, ...(cursor ? { cursor } : {}) });
    expect(status).toBe(200);
    all.push(body.tenants.map(({ tenantId }: { tenantId: string }) => tenantId));
    cursor = body.nextCursor;
    expect(all.length).toBeLessThan(100);
  } while (cursor);
  return all;
}

/** Many tenants of three statuses and two tiers, some signed up in the same millisecond. @returns them, newest first */
function placeTenants(count: number): Tenant[] {
  const statuses = ['PENDING', 'ACTIVE', 'EXPIRED'] as const;
  const tenants = Array.from({ length: count }, (_, place): Tenant => {
    const signedUpAt = new Date(Date.parse('2026-01-01T00:00:00.000Z') + Math.floor(place / 3) * 1_000).toISOString();
    return {
      tenantId: `${String(place).padStart(8, '0')}-0000-4000-8000-${String((place * 7_919) % 1_000_003).padStart(12, '0')}`,
      slug: `tenant-${place}`,
      tier: place % 5 === 0 ? 'scale' : 'starter',
      status: statuses[place % 3] as (typeof statuses)[number],
      region: 'eu-central-1',
      revision: 1,
      signedUpAt,
      statusChangedAt: signedUpAt,
    } as Tenant;
  });
  for (const tenant of tenants) world.database.place(tables.tenants, tenantItem(tenant));
  const position = ({ signedUpAt, tenantId }: Tenant) => `${signedUpAt}#${tenantId}`;
  return tenants.sort((one, other) => (position(one) < position(other) ? 1 : -1));
}
const ids = (tenants: Tenant[]) => tenants.map(({ tenantId }) => tenantId);

describe('over many tenants', () => {
  test.each([
    ['everything', {}, () => true],
    ['a status', { status: 'ACTIVE' }, ({ status }: Tenant) => status === 'ACTIVE'],
    ['a tier', { tier: 'scale' }, ({ tier }: Tenant) => tier === 'scale'],
    ['both', { tier: 'starter', status: 'EXPIRED' }, ({ tier, status }: Tenant) => tier === 'starter' && status === 'EXPIRED'],
    ['nothing', { status: 'SUSPENDED' }, () => false],
    ['a tier that nobody has', { tier: 'gold' }, () => false],
  ])('pages through %s: each once, newest first', async (_, query, wanted) => {
    const tenants = placeTenants(230);
    const all = await pages({ ...query, limit: '17' } as Record<string, string>);
    expect(all.flat()).toEqual(ids(tenants.filter(wanted)));
    for (const page of all.slice(0, -1)) expect(page).toHaveLength(17);
  });

  test('a list whose tenants all lie in one partition goes on to its end', async () => {
    const all = placeTenants(200).map(tenantItem);
    const one = all.filter(({ statusPartition }) => statusPartition === 'ACTIVE#2');
    for (const { pk, sk, statusPartition } of all) if (statusPartition !== 'ACTIVE#2') world.database.remove(tables.tenants, { pk, sk });
    expect(one.length).toBeGreaterThan(8);
    expect((await pages({ limit: '4' })).flat()).toEqual(one.map(({ tenantId }) => tenantId));
  });

  test('a full last page has no cursor, and the default page has 25', async () => {
    placeTenants(50);
    expect((await pages({})).map((page) => page.length)).toEqual([25, 25]);
    expect((await pages({ limit: '1' })).length).toBe(50);
    expect((await pages({ limit: '100' })).length).toBe(1);
  });

  test('tenants that sign up meanwhile do not shift the pages', async () => {
    const tenants = placeTenants(20);
    const first = await list({ limit: '10' });
    await signUp();
    const second = await list({ limit: '10', cursor: first.body.nextCursor });
    const seen = [...first.body.tenants, ...second.body.tenants].map(({ tenantId }: { tenantId: string }) => tenantId);
    expect(seen).toEqual(ids(tenants));
  });
});

test('a tenant that an index shows in two statuses at the same time is listed once', async () => {
  const [tenant] = placeTenants(1) as [Tenant];
  const item = tenantItem(tenant);
  world.database.place(tables.tenants, {
    ...item,
    sk: 'TENANT-as-the-index-still-has-it',
    statusPartition: item.statusPartition.replace('PENDING', 'ACTIVE'),
  });
  expect((await list()).body.tenants).toHaveLength(1);
});

test('a tenant that has left a status is not listed under it, also while the index still shows it there', async () => {
  const [tenant] = placeTenants(1) as [Tenant];
  world.database.place(tables.tenants, { ...tenantItem(tenant), status: 'PROVISIONING' });
  expect((await list({ status: 'PENDING' })).body).toEqual({ tenants: [] });
  expect((await list()).body.tenants).toMatchObject([{ status: 'PROVISIONING' }]);
});

test('asks again for tenants that a throttled table left out', async () => {
  placeTenants(3);
  const Keys = world.database.all(tables.tenants).map(({ pk, sk }) => ({ pk, sk }));
  world.answerOnce(BatchGetCommand, { Responses: {}, UnprocessedKeys: { [tables.tenants]: { Keys } } });
  expect((await list()).body.tenants).toHaveLength(3);
});

test('shows what the contract says, and nothing personal', async () => {
  const tenantId = await signUpAndConfirm(world);
  const { body, text } = await list({ status: 'PROVISIONING' });
  expect(body.tenants).toMatchObject([{ tenantId, status: 'PROVISIONING', revision: 2 }]);
  expect(text).not.toMatch(/kanarienvogel|token|hash/i);
});

test.each([
  ['status', { status: 'active' }],
  ['status', { status: 'UNKNOWN' }],
  ['tier', { tier: 'Not A Tier' }],
  ['limit', { limit: '0' }],
  ['limit', { limit: '101' }],
  ['limit', { limit: 'many' }],
  ['limit', { limit: '2.5' }],
  ['limit', { limit: '' }],
  ['cursor', { cursor: 'not-one' }],
  ['cursor', { cursor: 'x'.repeat(501) }],
  ['cursor', { cursor: Buffer.from('""').toString('base64url') }],
  ['cursor', { cursor: Buffer.from('17').toString('base64url') }],
  ['cursor', { cursor: Buffer.from(JSON.stringify({ pk: 'TENANT#1' })).toString('base64url') }],
  ['sort', { sort: 'slug' }],
])('a query that is not valid is 400 and names %s: %j', async (field, query) => {
  const { status, body } = await list(query as Record<string, string>);
  expect([status, body.errors.map((error: { field: string }) => error.field)]).toEqual([400, [field]]);
  expect(body.errors[0].remedy).toMatch(/\.$/);
});
