import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from '@jest/globals';
import { type Problem, type ProblemKind, problemKinds, problemType } from '../../contracts/problem.ts';
import type { SignupRequest } from '../../contracts/signup.ts';
import { api, expectProblem } from './support/api.ts';
import { documents, output } from './support/clients.ts';
import { slugOwner } from './support/records.ts';
import { newRequest, postConfirmation, postSignup, signUp } from './support/signups.ts';

/* Every refusal, over HTTP, as a problem that names the field and the remedy. */

const token = 'a'.repeat(43);
const thirtyDaysMilliseconds = 30 * 86_400_000;
const json = { 'content-type': 'application/json' };

/** A request that is right but for one thing. */
const wrong = (changes: Record<string, unknown>) => ({ ...newRequest(), ...changes });
const administrator = (changes: Partial<SignupRequest['administrator']>) => {
  const request = newRequest();
  return { ...request, administrator: { ...request.administrator, ...changes } };
};

describe('a signup is refused and nothing is written', () => {
  const fields: readonly (readonly [string, () => Record<string, unknown>, readonly string[]])[] = [
    ['an empty object', () => ({}), ['/organisationName', '/slug', '/administrator', '/tier', '/region', '/termsVersion']],
    ['a field that is not known', () => wrong({ status: 'ACTIVE' }), ['/status']],
    [
      'a field inside that is not known',
      () => wrong({ administrator: { name: 'A', email: 'a@example.com', role: 'x' } }),
      ['/administrator/role'],
    ],
    ['an empty name', () => wrong({ organisationName: '' }), ['/organisationName']],
    ['a name of blanks', () => wrong({ organisationName: ' \u00a0 ' }), ['/organisationName']],
    ['a name of 257 characters', () => wrong({ organisationName: 'ü'.repeat(257) }), ['/organisationName']],
    ['a name with a line break', () => wrong({ organisationName: 'A\nB' }), ['/organisationName']],
    ['a name with a NUL', () => administrator({ name: 'A\u0000' }), ['/administrator/name']],
    ['half of a surrogate pair', () => administrator({ name: '\ud83d' }), ['/administrator/name']],
    ['a name that is a number', () => wrong({ organisationName: 7 }), ['/organisationName']],
    ['an address without a domain', () => administrator({ email: 'ada.lovelace@' }), ['/administrator/email']],
    ['an address of 255 characters', () => administrator({ email: `${'a'.repeat(243)}@example.com` }), ['/administrator/email']],
    ['an address with a line break', () => administrator({ email: 'ada@example.com\r\nBcc: x@example.com' }), ['/administrator/email']],
    ['a slug in upper case', () => wrong({ slug: 'Acme' }), ['/slug']],
    ['a slug that begins with a hyphen', () => wrong({ slug: '-acme' }), ['/slug']],
    ['a slug of 64 characters', () => wrong({ slug: 'a'.repeat(64) }), ['/slug']],
    ['a slug that is an A-label', () => wrong({ slug: 'xn--80ak6aa92e' }), ['/slug']],
    ['a slug that is reserved', () => wrong({ slug: 'admin' }), ['/slug']],
    ['a tier that is not offered', () => wrong({ tier: 'platinum' }), ['/tier']],
    ['a Region that is not served', () => wrong({ region: 'xx-nowhere-1' }), ['/region']],
    ['terms that are not in force', () => wrong({ termsVersion: '1999-01-01' }), ['/termsVersion']],
    ['several at once', () => wrong({ slug: 'A', tier: 'Z' }), ['/slug', '/tier']],
  ];
  test.each(fields)('%s', async (_what, request, expected) => {
    const sent = request();
    const answer = await postSignup(sent);
    const problem = expectProblem(answer, 'invalid-request', expected);
    // What was sent may be personal: the answer names fields and does not repeat their values.
    for (const value of [sent['organisationName'], (sent['administrator'] as { email?: string } | undefined)?.email])
      if (typeof value === 'string' && value.length > 3) expect(JSON.stringify(problem)).not.toContain(value);
    if (typeof sent['slug'] === 'string') expect(await slugOwner(sent['slug'])).toBeUndefined();
  });

  const key = { 'idempotency-key': randomUUID() };
  const bodies: readonly (readonly [string, Record<string, string>, string | object, ProblemKind, readonly string[]])[] = [
    ['no Idempotency-Key', {}, {}, 'idempotency-key-missing', ['Idempotency-Key']],
    ['a short Idempotency-Key', { 'idempotency-key': 'short' }, newRequest(), 'invalid-request', ['Idempotency-Key']],
    ['a long Idempotency-Key', { 'idempotency-key': 'k'.repeat(256) }, newRequest(), 'invalid-request', ['Idempotency-Key']],
    ['a blank in the Idempotency-Key', { 'idempotency-key': 'sixteen characters' }, newRequest(), 'invalid-request', ['Idempotency-Key']],
    ['no body', { ...key, ...json }, '', 'malformed-body', []],
    ['half a body', { ...key, ...json }, '{"slug": "ac', 'malformed-body', []],
    ['a list', { ...key, ...json }, '[]', 'invalid-request', ['']],
    ['a body of text', { ...key, 'content-type': 'text/plain' }, 'slug=acme', 'unsupported-media-type', []],
    ['a form', { ...key, 'content-type': 'application/x-www-form-urlencoded' }, 'slug=acme', 'unsupported-media-type', []],
    ['another charset', { ...key, 'content-type': 'application/json; charset=latin1' }, '{}', 'unsupported-media-type', []],
    ['a body of 16 KiB and a byte', { ...key, ...json }, JSON.stringify({ slug: 'a'.repeat(16_374) }), 'body-too-large', []],
  ];
  test.each(bodies)('%s', async (_what, headers, body, kind, expected) => {
    expectProblem(await api('POST', '/signups', { headers, body }), kind, expected);
  });
});

test('the slug of another tenant is a conflict, and the slug stays theirs', async () => {
  const { tenantId, request } = await signUp();
  expectProblem(await postSignup(newRequest({ slug: request.slug })), 'slug-taken', ['/slug']);
  expect(await slugOwner(request.slug)).toBe(tenantId);
});

test('a key that came with another body is refused', async () => {
  const { request, key } = await signUp();
  expectProblem(await postSignup({ ...request, organisationName: 'Another' }, key), 'idempotency-key-reused');
  expectProblem(await postSignup(newRequest(), key), 'idempotency-key-reused');
});

describe('following a signup', () => {
  test('needs its own token', async () => {
    const [own, other] = await Promise.all([signUp(), signUp()]);
    const tokenOf = (signup: typeof own) => new URL(signup.accepted.statusUrl).searchParams.get('token');
    const refused = [
      await api('GET', `/signups/${own.tenantId}?token=${token}`),
      await api('GET', `/signups/${own.tenantId}?token=${tokenOf(other)}`),
      await api('GET', `/signups/${randomUUID()}?token=${tokenOf(own)}`),
    ];
    // One and the same answer, so that nobody learns which tenants exist.
    expect(new Set(refused.map((answer) => expectProblem(answer, 'not-found').detail)).size).toBe(1);
  });

  test('ends with the token', async () => {
    const signup = await signUp();
    const past = new Date(Date.now() - thirtyDaysMilliseconds - 1000).toISOString();
    await documents.send(
      new UpdateCommand({
        TableName: output('TenantsTableName'),
        Key: { pk: `TENANT#${signup.tenantId}`, sk: 'TENANT' },
        UpdateExpression: 'SET signedUpAt = :past, listPosition = :position',
        ExpressionAttributeValues: { ':past': past, ':position': `${past}#${signup.tenantId}` },
      }),
    );
    const { search } = new URL(signup.accepted.statusUrl);
    expectProblem(await api('GET', `/signups/${signup.tenantId}${search}`), 'not-found');
  });

  test.each([
    ['without a token', `/signups/${randomUUID()}`, ['token']],
    ['with half a token', `/signups/${randomUUID()}?token=abc`, ['token']],
    ['with two tokens', `/signups/${randomUUID()}?token=${token}&token=${token}`, ['token']],
    ['with a parameter more', `/signups/${randomUUID()}?token=${token}&verbose=1`, ['verbose']],
    ['of no tenant id', `/signups/acme?token=${token}`, ['tenantId']],
  ])('%s', async (_what, path, fields) => {
    expectProblem(await api('GET', path), 'invalid-request', fields);
  });
});

describe('confirming a signup', () => {
  test('needs the token of its mail, and the reader’s is another', async () => {
    const signup = await signUp();
    const readerToken = new URL(signup.accepted.statusUrl).searchParams.get('token');
    expectProblem(await postConfirmation(signup.tenantId, token), 'not-found');
    expectProblem(await postConfirmation(signup.tenantId, readerToken), 'not-found');
    expectProblem(await postConfirmation(randomUUID(), token), 'not-found');
  });

  test('needs a body that fits', async () => {
    const path = `/signups/${randomUUID()}/confirmation`;
    expectProblem(await api('POST', path, { body: {} }), 'invalid-request', ['/token']);
    expectProblem(await api('POST', path, { body: { token, again: true } }), 'invalid-request', ['/again']);
    expectProblem(await api('POST', path, { headers: { 'content-type': 'text/html' }, body: 'x' }), 'unsupported-media-type');
  });

  test('a person who came by the page is refused on a page', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await api('POST', `/signups/${randomUUID()}/confirmation`, { headers: form, body: `token=${token}` });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.text).toContain('<h1>Not found</h1>');
    const incomplete = await api('GET', `/signups/${randomUUID()}/confirmation`);
    expect({ status: incomplete.status, page: incomplete.text }).toMatchObject({
      status: 400,
      page: expect.stringContaining('not complete'),
    });
  });
});

describe('the gateway answers as the handlers do', () => {
  const gateway: readonly (readonly [string, string, string, Record<string, string>, ProblemKind])[] = [
    ['a path that is no route', 'GET', '/nowhere', {}, 'not-found'],
    ['a method that a route does not have', 'DELETE', '/signups', {}, 'not-found'],
    ['staff’s list without a token', 'GET', '/tenants', {}, 'unauthorized'],
    ['staff’s list with a token of nobody', 'GET', '/tenants', { authorization: 'Bearer abc.def.ghi' }, 'unauthorized'],
    ['a redrive without a token', 'POST', `/tenants/${randomUUID()}/redrive`, {}, 'unauthorized'],
  ];
  test.each(gateway)('%s', async (_what, method, path, headers, kind) => {
    expectProblem(await api(method, path, { headers }), kind);
  });
});

/** What the example signups expect of the API; npm start plays them all through, here each that is refused by itself is sent. */
describe('the examples are refused as they say', () => {
  interface Example {
    readonly request: unknown;
    readonly headers?: Record<string, string | null>;
    readonly expect: { readonly http: number; readonly problem?: ProblemKind };
  }
  const byThemselves: readonly (ProblemKind | undefined)[] = [
    'invalid-request',
    'malformed-body',
    'idempotency-key-missing',
    'body-too-large',
    'unsupported-media-type',
  ];
  const examples = readFileSync(new URL('../../examples/signups.jsonl', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Example)
    .filter((example) => byThemselves.includes(example.expect.problem));

  test('there are many', () => expect(examples.length).toBeGreaterThan(10));

  test.each(examples.map((example) => [JSON.stringify(example.request).slice(0, 60), example] as const))('%s', async (_what, example) => {
    const { request, headers: given = {}, expect: expected } = example;
    const all = {
      ...json,
      'idempotency-key': randomUUID(),
      ...Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value])),
    };
    const headers = Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null));
    const body = typeof request === 'string' ? request : JSON.stringify(request);
    const answer = await api('POST', '/signups', { headers, body });
    expect(answer.status).toBe(expected.http);
    expect((answer.body as Problem).type).toBe(problemType(expected.problem as ProblemKind));
    expect(problemKinds[expected.problem as ProblemKind].status).toBe(expected.http);
  });
});
