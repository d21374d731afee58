import { beforeEach, expect, test } from '@jest/globals';
import type { Finding, FindingKind } from '../../../../contracts/findings.ts';
import { handler } from '../../../../lambdas/api/list-findings.ts';
import { closeFinding, raiseFinding } from '../../../../lambdas/shared/findings.ts';
import { signUpAndConfirm } from '../../../support/onboarding.ts';
import { send, staffClaims } from '../../../support/requests.ts';
import { newWorld, type World } from '../../../support/world.ts';

const actor = { kind: 'schedule', id: 'SweepTenants' } as const;
let world: World;
beforeEach(() => {
  world = newWorld();
});

async function list(query: Record<string, string> = {}) {
  const { status, body } = await send(handler, 'ListFindings', { query, claims: staffClaims });
  expect(status).toBe(200);
  return body as { findings: Finding[]; nextCursor?: string };
}
async function raise(kind: FindingKind, step?: Finding['step']): Promise<string> {
  const tenantId = await signUpAndConfirm(world);
  await raiseFinding({ kind, tenantId, step, reason: 'A test broke it.', actor });
  world.advance(1_000);
  return tenantId;
}
const tenantsIn = ({ findings }: { findings: Finding[] }) => findings.map(({ tenantId }) => tenantId);

test('lists what is open, newest first, and leaves out what is closed', async () => {
  const first = await raise('RunFailed');
  const second = await raise('StepLate');
  const third = await raise('RunFailed');
  await closeFinding({ kind: 'StepLate', tenantId: second }, { actor, reason: 'It goes on.' });
  expect(tenantsIn(await list())).toEqual([third, first]);
  expect(tenantsIn(await list({ state: 'closed' }))).toEqual([second]);
});

test('lists a kind, a tenant and a step', async () => {
  const planning = await raise('RunFailed', 'PlanTenant');
  const testing = await raise('RunFailed', 'TestTenant');
  const late = await raise('StepLate', 'TestTenant');
  expect(tenantsIn(await list({ kind: 'RunFailed' }))).toEqual([testing, planning]);
  expect(tenantsIn(await list({ kind: 'RunFailed', step: 'PlanTenant' }))).toEqual([planning]);
  expect(tenantsIn(await list({ step: 'TestTenant' }))).toEqual([late, testing]);
  expect(tenantsIn(await list({ tenantId: late }))).toEqual([late]);
  expect(tenantsIn(await list({ tenantId: late, kind: 'RunFailed' }))).toEqual([]);
});

test('goes through all of them page by page, also when a step thins the pages out', async () => {
  const tenants: string[] = [];
  for (let count = 0; count < 7; count += 1) tenants.unshift(await raise('RunFailed', count % 2 ? 'PlanTenant' : 'TestTenant'));
  for (const [query, expected] of [
    [{}, tenants],
    [{ step: 'PlanTenant' }, tenants.filter((_, place) => place % 2)],
  ] as [Record<string, string>, string[]][]) {
    const seen: (string | undefined)[] = [];
    let cursor: string | undefined;
    do {
      const page = await list({ ...query, limit: '2', ...(cursor ? { cursor } : {}) });
      seen.push(...tenantsIn(page));
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen).toEqual(expected);
  }
});

test('refuses a cursor that is not its own, and a kind that there is none of', async () => {
  for (const query of [{ cursor: 'x' }, { kind: 'Anything' }]) {
    const { status } = await send(handler, 'ListFindings', { query: query as Record<string, string>, claims: staffClaims });
    expect(status).toBe(400);
  }
});
