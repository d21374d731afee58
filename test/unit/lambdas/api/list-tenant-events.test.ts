import { beforeEach, expect, test } from '@jest/globals';
import type { AuditEvent } from '../../../../contracts/tenant.ts';
import { handler } from '../../../../lambdas/api/list-tenant-events.ts';
import { expectWholeChain } from '../../../support/chain.ts';
import { eventsOf, onboardedTenant, signUp } from '../../../support/onboarding.ts';
import { send, staffClaims } from '../../../support/requests.ts';
import { newWorld, type World } from '../../../support/world.ts';

let world: World;
beforeEach(() => {
  world = newWorld();
});
const list = (tenantId: string, query: Record<string, string> = {}) =>
  send(handler, 'ListTenantEvents', { path: { tenantId }, query, claims: staffClaims });

test.each([
  ['1', () => '1'],
  ['3', () => '3'],
  ['as many as there are', (events: number) => String(events)],
  ['100', () => '100'],
])('pages of %s events are together the whole chain, in its order', async (_, limitFor) => {
  const tenantId = await onboardedTenant(world);
  await onboardedTenant(world);
  const chain = eventsOf(world, tenantId);
  const limit = limitFor(chain.length);
  const all: AuditEvent[] = [];
  let cursor: string | undefined;
  do {
    const { body } = await list(tenantId, { limit, ...(cursor ? { cursor } : {}) });
    all.push(...body.events);
    cursor = body.nextCursor;
    expect(all.length).toBeLessThanOrEqual(chain.length);
  } while (cursor);
  expect(all).toEqual(chain);
  expectWholeChain(all);
});

test('an unknown tenant is 404, and a cursor beyond the end is an empty page', async () => {
  expect((await list('99999999-9999-4999-8999-999999999999')).status).toBe(404);
  const { tenantId } = await signUp();
  const { status, body } = await list(tenantId, { cursor: Buffer.from('1').toString('base64url') });
  expect([status, body]).toEqual([200, { events: [] }]);
});

test.each([
  ['cursor', { cursor: 'x' }],
  ['cursor', { cursor: Buffer.from('-1').toString('base64url') }],
  ['limit', { limit: '-1' }],
])('a query that is not valid is 400 and names %s: %j', async (field, query) => {
  const { status, body } = await list('99999999-9999-4999-8999-999999999999', query as Record<string, string>);
  expect([status, body.errors[0].field]).toEqual([400, field]);
});
