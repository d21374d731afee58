import { randomUUID } from 'node:crypto';
import { RespondToAuthChallengeCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AuditEventPage, TenantDetail, TenantPage, type TenantSummary } from '../../contracts/tenant.ts';
import { expectWholeChain } from '../support/chain.ts';
import { api, expectNoInternals, expectProblem } from './support/api.ts';
import { cognito, output } from './support/clients.ts';
import { auditEvents, readHead } from './support/records.ts';
import { onboard, personalDataOf, type Signup, signUp } from './support/signups.ts';
import { fileOf, run, StaffMember } from './support/staff.ts';
import { tenantUsersToken } from './support/tenant-user.ts';
import { world } from './support/world.ts';

/* What staff see and may do, and who is not staff. */

let operator: StaffMember;
let active: Signup;
let pending: Signup[];
beforeAll(async () => {
  [operator, active] = await Promise.all([StaffMember.signIn(), onboard()]);
  pending = [];
  // One after the other, so that their order is known.
  for (let count = 0; count < 5; count += 1) pending.push(await signUp());
});
afterAll(() => operator.leave());

const get = async (path: string) => api('GET', path, { headers: await operator.authorization() });

/** Every page of a list, by its cursor. */
async function pages<Page extends { nextCursor?: string | undefined }>(path: string, parse: (body: unknown) => Page): Promise<Page[]> {
  const found: Page[] = [];
  let cursor: string | undefined;
  do {
    const answer = await get(cursor ? `${path}&cursor=${encodeURIComponent(cursor)}` : path);
    expect(answer.status).toBe(200);
    found.push(parse(answer.body));
    cursor = found.at(-1)?.nextCursor;
  } while (cursor);
  return found;
}
const listed = async (query: string) => (await pages(`/tenants?${query}`, (body) => TenantPage.parse(body))).map(({ tenants }) => tenants);
const idsOf = (tenants: readonly TenantSummary[]) => tenants.map(({ tenantId }) => tenantId);

describe('the list of tenants', () => {
  test('has every tenant once, newest first, page by page', async () => {
    const found = await listed('limit=2');
    expect(found.length).toBeGreaterThanOrEqual(3);
    for (const page of found) expect(page.length).toBeLessThanOrEqual(2);
    const all = found.flat();
    expect(new Set(idsOf(all)).size).toBe(all.length);
    const own = [active, ...pending].map(({ tenantId }) => tenantId);
    expect(idsOf(all).filter((tenantId) => own.includes(tenantId))).toEqual(own.toReversed());
    expect(all.map(({ signedUpAt }) => signedUpAt)).toEqual(
      all
        .map(({ signedUpAt }) => signedUpAt)
        .toSorted()
        .toReversed(),
    );
  });

  test('is filtered by status and by tier', async () => {
    const waiting = (await listed('status=PENDING&limit=3')).flat();
    expect(new Set(waiting.map(({ status }) => status))).toEqual(new Set(['PENDING']));
    expect(idsOf(waiting)).toEqual(expect.arrayContaining(pending.map(({ tenantId }) => tenantId)));
    const starters = (await listed('status=ACTIVE&tier=starter&limit=100')).flat();
    expect(idsOf(starters)).toContain(active.tenantId);
    expect(idsOf(starters)).not.toContain(pending[0]?.tenantId);
    expect(await listed('tier=platinum')).toEqual([[]]);
  });

  test.each([
    ['status=SLEEPING', 'status'],
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=many', 'limit'],
    ['cursor=bm90IG91cnM', 'cursor'],
    ['sort=slug', 'sort'],
    ['status=ACTIVE&status=PENDING', 'status'],
  ])('%s is refused', async (query, field) => {
    expectProblem(await get(`/tenants?${query}`), 'invalid-request', [field]);
  });

  test('is what the command line prints', async () => {
    const { exitCode, output: printed } = await operator.tenantry('list', '--status', 'ACTIVE', '--json');
    expect(exitCode).toBe(0);
    expect(printed).toContain(active.tenantId);
    expect(printed).not.toContain(pending[0]?.tenantId);
  });
});

describe('a tenant', () => {
  test('is shown with its steps and without personal data or internals', async () => {
    const answer = await get(`/tenants/${active.tenantId}`);
    const shown = TenantDetail.parse(answer.body);
    const { run: started, administratorUsername } = await readHead(active.tenantId);
    expect(shown).toMatchObject({ tenantId: active.tenantId, status: 'ACTIVE', run: started, administratorUsername });
    expect(new Set(shown.steps.map(({ state }) => state))).toEqual(new Set(['SUCCEEDED']));
    expectNoInternals(answer.text);
    for (const personal of personalDataOf(active)) expect(answer.text).not.toContain(personal);
  });

  test('has its audit events, page by page', async () => {
    const found = await pages(`/tenants/${active.tenantId}/events?limit=5`, (body) => AuditEventPage.parse(body));
    expect(found.length).toBeGreaterThanOrEqual(3);
    const events = found.flatMap((page) => page.events);
    expectWholeChain(events);
    expect(events).toEqual(await auditEvents(active.tenantId));
  });

  test('that is not there is not found', async () => {
    for (const path of ['', '/events']) expectProblem(await get(`/tenants/${randomUUID()}${path}`), 'not-found');
    expectProblem(await get('/tenants/acme'), 'invalid-request', ['tenantId']);
  });

  test('is redriven only after a failure, and only with a reason', async () => {
    const headers = await operator.authorization();
    const redrive = (tenantId: string, body: unknown) => api('POST', `/tenants/${tenantId}/redrive`, { headers, body });
    expectProblem(await redrive(active.tenantId, { reason: 'why not' }), 'not-redrivable');
    expectProblem(await redrive(pending[0]?.tenantId ?? '', { reason: 'why not' }), 'not-redrivable');
    expectProblem(await redrive(randomUUID(), { reason: 'why not' }), 'not-found');
    expectProblem(await redrive(active.tenantId, {}), 'invalid-request', ['/reason']);
    expectProblem(await redrive(active.tenantId, { reason: ' ' }), 'invalid-request', ['/reason']);
    expect((await auditEvents(active.tenantId)).map(({ type }) => type)).not.toContain('RedriveRequested');
    const { exitCode, errors } = await operator.tenantry('redrive', active.tenantId, '--reason', 'why not');
    expect({ exitCode, errors }).toEqual({ exitCode: 1, errors: expect.stringContaining('Nothing to redrive') });
  });
});

describe('who is not staff', () => {
  const everyRoute = (tenantId: string) =>
    [
      ['GET', '/tenants'],
      ['GET', `/tenants/${tenantId}`],
      ['GET', `/tenants/${tenantId}/events`],
      ['POST', `/tenants/${tenantId}/redrive`],
    ] as const;

  test('a tenant’s administrator is refused on every route, also about their own tenant', async () => {
    const { tenantId } = await onboard();
    const token = await tenantUsersToken((await readHead(tenantId)).administratorUsername ?? '');
    for (const [method, path] of everyRoute(tenantId))
      expectProblem(await api(method, path, { headers: { authorization: `Bearer ${token}` } }), 'unauthorized');
  });

  test('a member of staff outside the operators’ group is refused on every route', async () => {
    const guest = await StaffMember.signIn({ isOperator: false });
    try {
      const headers = await guest.authorization();
      for (const [method, path] of everyRoute(active.tenantId))
        expectProblem(await api(method, path, { headers, ...(method === 'POST' ? { body: { reason: 'x' } } : {}) }), 'forbidden');
    } finally {
      await guest.leave();
    }
  });

  test('a token that somebody has changed is refused', async () => {
    const { authorization = '' } = await operator.authorization();
    const [head, claims, signature] = authorization.replace('Bearer ', '').split('.') as [string, string, string];
    const other = { ...JSON.parse(Buffer.from(claims, 'base64url').toString()), sub: randomUUID() };
    const forged = [head, Buffer.from(JSON.stringify(other)).toString('base64url'), signature].join('.');
    expectProblem(await api('GET', '/tenants', { headers: { authorization: `Bearer ${forged}` } }), 'unauthorized');
  });

  test('a password without a one-time code gives no token', async () => {
    const { username, password } = operator.member;
    const { endpoint = '', region } = world.clientOptions;
    const ClientId = output('StaffUserPoolClientId');
    const proven = await run(fileOf('../../support/sign-in-by-srp.ts'), [
      endpoint,
      region,
      output('StaffUserPoolId'),
      ClientId,
      username,
      password,
    ]);
    expect(proven.errors).toBe('');
    const { ChallengeName, AuthenticationResult, Session } = JSON.parse(proven.output);
    expect({ ChallengeName, AuthenticationResult }).toEqual({ ChallengeName: 'SOFTWARE_TOKEN_MFA', AuthenticationResult: undefined });
    const guess = new RespondToAuthChallengeCommand({
      ClientId,
      ChallengeName,
      Session,
      ChallengeResponses: { USERNAME: username, SOFTWARE_TOKEN_MFA_CODE: '000000' },
    });
    await expect(cognito.send(guess)).rejects.toMatchObject({ name: 'CodeMismatchException' });
  });
});
