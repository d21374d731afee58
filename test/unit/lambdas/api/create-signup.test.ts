import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from '@jest/globals';
import { loadCatalog } from '../../../../catalog/catalog.ts';
import { handler } from '../../../../lambdas/api/create-signup.ts';
import { expectWholeChain } from '../../../support/chain.ts';
import { canary, eventsOf, newSignupKey, signUp, signupBody, tenantOf } from '../../../support/onboarding.ts';
import { apiEvent, context, type RequestParts, send } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { awsError, newWorld, tables } from '../../../support/world.ts';

const output = collectOutput();

const request = (body: unknown, key = newSignupKey(), headers: Record<string, string> = {}): RequestParts => ({
  headers: { 'Idempotency-Key': key, ...headers },
  body,
});
const post = (body: unknown, key?: string, headers?: Record<string, string>) => send(handler, 'CreateSignup', request(body, key, headers));
const nothing = (world: ReturnType<typeof newWorld>) => Object.values(world.snapshot().tables).every((items) => items.length === 0);

describe('an accepted signup', () => {
  test('is 202 with its id, a status URL that expires, and what to do next', async () => {
    const world = newWorld();
    const { status, body } = await post(signupBody());
    expect(status).toBe(202);
    expect(body).toMatchObject({
      status: 'PENDING',
      statusUrlExpiresAt: '2026-12-20T08:00:00.000Z',
      next: [{ action: 'confirm-email', before: '2026-11-27T08:00:00.000Z' }],
    });
    expect(body.statusUrl).toMatch(new RegExp(`^https://api\\.example\\.com/v1/signups/${body.tenantId}\\?token=[\\w-]{43}$`));
    expect(tenantOf(world, body.tenantId)).toMatchObject({
      status: 'PENDING',
      revision: 1,
      slug: 'kanal-17',
      tier: 'starter',
      chain: { seq: 1 },
    });
  });

  test('writes tenant, person, unique rows and first audit event in one transaction', async () => {
    const world = newWorld();
    const { body } = await post(signupBody());
    expect(world.calls.filter((operation) => ['Put', 'TransactWrite'].includes(operation))).toEqual(['TransactWrite']);
    expect(world.database.all(tables.tenants).map(({ sk }) => sk)).toEqual(expect.arrayContaining(['TENANT', 'SLUG', 'SIGNUP']));
    expect([world.database.all(tables.people).length, world.database.all(tables.peopleKeys).length]).toEqual([1, 1]);
    const events = eventsOf(world, body.tenantId);
    expectWholeChain(events);
    expect(events).toMatchObject([
      { type: 'SignedUp', actor: { kind: 'customer' }, revision: 1, data: { to: 'PENDING', slug: 'kanal-17' } },
    ]);
  });

  test('leaves nothing personal in tables or logs, and none of its tokens', async () => {
    const world = newWorld();
    const { body } = await post(signupBody());
    const token = new URL(body.statusUrl).searchParams.get('token') as string;
    for (const text of [JSON.stringify(world.snapshot().tables), output()]) {
      expect(text).not.toMatch(/kanarienvogel|Zo\u00eb/iu);
      expect(text).not.toContain(token);
    }
  });

  test('takes names as people write them', async () => {
    newWorld();
    const names = [
      'Łódź–Żubrówka & Co. “GmbH”',
      "O'Brien",
      '株式会社 山田',
      'علی‌رضا',
      '👩🏽‍🚀 Space',
      'x',
      'é'.repeat(256),
      '𠮷'.repeat(256),
    ];
    for (const [place, name] of names.entries())
      expect(
        (await post(signupBody({ organisationName: name, slug: `name-${place}`, administrator: { name, email: canary.email } }))).status,
      ).toBe(202);
  });

  test('takes addresses as people have them, up to the longest that mail allows', async () => {
    newWorld();
    const emails = [
      "siobhan.o'malley+tenantry@mail.example.co.uk",
      `${'a'.repeat(64)}@${'b'.repeat(63)}.example.com`,
      'x_1-2@xn--bcher-kva.example',
    ];
    for (const [place, email] of emails.entries())
      expect({
        email,
        status: (await post(signupBody({ slug: `address-${place}`, administrator: { name: 'Ada', email } }))).status,
      }).toEqual({
        email,
        status: 202,
      });
  });

  test('takes the longest and the shortest slug', async () => {
    newWorld();
    for (const slug of ['a', '7', 'a-b', 'a'.repeat(63)])
      expect({ slug, status: (await post(signupBody({ slug }))).status }).toEqual({ slug, status: 202 });
  });
});

describe('a repeated signup', () => {
  test('gets the same answer, also much later and after the tenant has moved on, and writes nothing', async () => {
    const world = newWorld();
    const key = newSignupKey();
    const first = await post(signupBody(), key);
    const before = world.snapshot();
    world.advance(3 * 86_400_000);
    const again = await post(signupBody(), key);
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(world.snapshot()).toEqual(before);
  });

  test('is the same request whatever the order of fields, the form of its letters and the case of the address', async () => {
    newWorld();
    const key = newSignupKey();
    const body = signupBody();
    const first = await post(body, key);
    const other = Object.fromEntries(Object.entries(body).reverse());
    const again = await post(
      {
        ...other,
        organisationName: ` ${canary.organisation.normalize('NFD')} `,
        administrator: { email: canary.email.toUpperCase(), name: canary.name.normalize('NFD') },
      },
      key,
    );
    expect(again.body).toEqual(first.body);
  });

  test('with another body is 422 and changes nothing', async () => {
    const world = newWorld();
    const key = newSignupKey();
    await post(signupBody(), key);
    const before = world.snapshot();
    for (const change of [
      { slug: 'other' },
      { organisationName: 'Another' },
      { administrator: { name: canary.name, email: 'b@example.com' } },
    ]) {
      const { status, body } = await post(signupBody(change), key);
      expect([status, body.type]).toEqual([422, 'urn:problem-type:tenantry:idempotency-key-reused']);
    }
    expect(world.snapshot()).toEqual(before);
  });

  test('40 at once make one tenant and get one answer', async () => {
    const world = newWorld();
    const key = newSignupKey();
    const answers = await Promise.all(Array.from({ length: 40 }, () => post(signupBody(), key)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(world.database.all(tables.tenants).filter(({ sk }) => sk === 'TENANT')).toHaveLength(1);
    expect([world.database.all(tables.people).length, world.database.all(tables.events).length]).toEqual([1, 1]);
  });

  test('after a lost answer gets the answer that was lost', async () => {
    const world = newWorld();
    const key = newSignupKey();
    world.loseAnswer('TransactWrite');
    expect((await post(signupBody(), key)).status).toBe(503);
    expect((await post(signupBody(), key)).status).toBe(202);
    expect(world.database.all(tables.tenants).filter(({ sk }) => sk === 'TENANT')).toHaveLength(1);
  });

  test('waits while the first is being written, and is 409 when that takes too long', async () => {
    const world = newWorld();
    const conflict = () =>
      new TransactionCanceledException({
        message: 'cancelled',
        $metadata: {},
        CancellationReasons: [{ Code: 'None' }, { Code: 'None' }, { Code: 'TransactionConflict' }, { Code: 'None' }],
      });
    world.fail('TransactWrite', conflict());
    expect((await post(signupBody())).status).toBe(202);
    expect(world.pauses).toHaveLength(1);
    for (let time = 0; time < 10; time += 1) world.fail('TransactWrite', conflict());
    const { status, body } = await post(signupBody({ slug: 'another' }));
    expect([status, body.type]).toEqual([409, 'urn:problem-type:tenantry:signup-in-progress']);
  });
});

describe('a taken slug', () => {
  test('is 409, names the field, and writes nothing of the second signup', async () => {
    const world = newWorld();
    await signUp({ slug: 'taken' });
    const before = world.snapshot();
    const { status, body } = await post(signupBody({ slug: 'taken' }));
    expect([status, body.type, body.errors[0].field]).toEqual([409, 'urn:problem-type:tenantry:slug-taken', '/slug']);
    expect(world.snapshot()).toEqual(before);
  });

  test('goes to exactly one of many who want it at the same moment', async () => {
    const world = newWorld();
    const answers = await Promise.all(Array.from({ length: 12 }, () => post(signupBody({ slug: 'wanted' }))));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, ...Array(11).fill(409)]);
    expect(world.database.all(tables.people)).toHaveLength(1);
  });
});

const tooLong = `${'a'.repeat(64)}@${`${'b'.repeat(60)}.`.repeat(4)}example.com`;
const refusedFields: [field: string, change: Record<string, unknown>][] = [
  ...[undefined, null, 17, '', ' ', '\t', 'a\u0000b', 'a\nb', 'a\u2028b', '\ud800', 'x'.repeat(257), '\u200b\u200b', ['a']].map(
    (name) => ['/organisationName', { organisationName: name }] as [string, Record<string, unknown>],
  ),
  ...[undefined, '', 'A', 'ümlaut', 'a_b', '-a', 'a-', 'a.b', 'xn--abc', 'a'.repeat(64), ' a', 17].map(
    (slug) => ['/slug', { slug }] as [string, Record<string, unknown>],
  ),
  // A certificate's name has 64 characters at most, and this one's would end in .tenants.example.com.
  ['/slug', { tier: 'enterprise', slug: 'a'.repeat(45) }],
  ['/administrator', { administrator: undefined }],
  ['/administrator', { administrator: 'Ada' }],
  ['/administrator', { administrator: null }],
  ['/administrator/name', { administrator: { email: 'a@example.com' } }],
  ['/administrator/name', { administrator: { name: 'a\u0007', email: 'a@example.com' } }],
  ...[undefined, '', 'a', 'a@', '@example.com', 'a b@example.com', 'a@example', 'a@example.com\n', 'a@@example.com', tooLong, 17].map(
    (email) => ['/administrator/email', { administrator: { name: 'Ada', email } }] as [string, Record<string, unknown>],
  ),
  // No mail server takes these: they would be accepted here and fail at SES, again and again.
  ...[`${'a'.repeat(65)}@example.com`, `a@${'b'.repeat(64)}.example.com`, 'a@example-.com', `a@example.${'c'.repeat(64)}`].map(
    (email) => ['/administrator/email', { administrator: { name: 'Ada', email } }] as [string, Record<string, unknown>],
  ),
  ['/administrator/phone', { administrator: { name: 'Ada', email: 'a@example.com', phone: '1' } }],
  ...[undefined, '', 'STARTER', 'x'.repeat(33), 'gold', 7].map((tier) => ['/tier', { tier }] as [string, Record<string, unknown>]),
  ...[undefined, '', 'europe', 'eu-central-1 ', 'us-east-1', 1].map(
    (region) => ['/region', { region }] as [string, Record<string, unknown>],
  ),
  ...[undefined, '', 'x'.repeat(65), '1999-01-01', 2026].map(
    (termsVersion) => ['/termsVersion', { termsVersion }] as [string, Record<string, unknown>],
  ),
  ['/status', { status: 'ACTIVE' }],
  ['/tenantId', { tenantId: '55555555-5555-4555-8555-555555555555' }],
  ['/a~1b~0c', { 'a/b~c': 1 }],
];

describe('a signup that is not valid', () => {
  test.each(refusedFields)('is 400, names %s with a remedy, and writes nothing: %j', async (field, change) => {
    const world = newWorld();
    const { status, body, text } = await post(signupBody(change));
    expect([status, body.type]).toEqual([400, 'urn:problem-type:tenantry:invalid-request']);
    expect(body.errors).toEqual([{ field, message: expect.any(String), remedy: expect.stringMatching(/\w+.*\.$/) }]);
    expect(body.detail).toContain(field);
    expect(text).not.toMatch(/Kanarienvogel/i);
    expect(nothing(world)).toBe(true);
  });

  test('names every field at once, and at most twenty', async () => {
    newWorld();
    const { body } = await post({});
    expect(body.errors.map(({ field }: { field: string }) => field)).toEqual([
      '/organisationName',
      '/slug',
      '/administrator',
      '/tier',
      '/region',
      '/termsVersion',
    ]);
    const many = await post({ ...signupBody(), ...Object.fromEntries(Array.from({ length: 500 }, (_, place) => [`x${place}`, 1])) });
    expect(many.body.errors).toHaveLength(20);
  });

  test.each(loadCatalog().reservedSlugs.slice(0, 60))('is 400 for the reserved slug %s', async (slug) => {
    const world = newWorld();
    const { status, body } = await post(signupBody({ slug }));
    expect([status, body.errors[0].field, body.errors[0].message]).toEqual([400, '/slug', 'is reserved']);
    expect(nothing(world)).toBe(true);
  });

  test.each([['[]'], ['"text"'], ['17'], ['null'], ['true']])('is 400 when the body is JSON but no object: %s', async (text) => {
    newWorld();
    const { status, body } = await post(text);
    expect([status, body.type, body.errors[0].field]).toEqual([400, 'urn:problem-type:tenantry:invalid-request', '']);
  });

  test.each([['{'], [''], ['{"a":1}x'], ["{'a':1}"]])('is 400 when the body is not JSON: %j', async (text) => {
    newWorld();
    const { status, body } = await post(text);
    expect([status, body.type]).toEqual([400, 'urn:problem-type:tenantry:malformed-body']);
  });

  test('is not fooled by the names of JavaScript', async () => {
    const world = newWorld();
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const { status, body } = await post(JSON.stringify(signupBody()).replace('{', `{"${name}":{"tier":"gold"},`));
      expect({ name, status, field: body.errors?.[0]?.field }).toEqual({ name, status: 400, field: `/${name}` });
    }
    expect(nothing(world)).toBe(true);
  });

  test('is 413 when it is larger than 16 KiB, counted in bytes', async () => {
    newWorld();
    expect((await post(signupBody({ organisationName: 'ü'.repeat(8_200) }))).status).toBe(413);
    expect((await post(`{"x":"${'a'.repeat(16_384)}"}`)).status).toBe(413);
  });

  test.each([
    'text/plain',
    'application/xml',
    'application/json; charset=latin1',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    '',
  ])('is 415 with the content type %j', async (contentType) => {
    newWorld();
    expect((await post(signupBody(), newSignupKey(), { 'Content-Type': contentType })).status).toBe(415);
  });

  test.each(['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON;charset=UTF-8', 'application/json; charset="utf-8"'])(
    'takes the content type %j',
    async (contentType) => {
      newWorld();
      expect((await post(signupBody(), newSignupKey(), { 'Content-Type': contentType })).status).toBe(202);
    },
  );

  test('is 400 without an Idempotency-Key, and says how to make one', async () => {
    const world = newWorld();
    for (const headers of [{}, { 'Idempotency-Key': '' }]) {
      const { status, body } = await send(handler, 'CreateSignup', { headers, body: signupBody() });
      expect([status, body.type]).toEqual([400, 'urn:problem-type:tenantry:idempotency-key-missing']);
      expect(body.errors).toMatchObject([{ field: 'Idempotency-Key', remedy: expect.stringContaining('UUID') }]);
    }
    expect(world.calls).toEqual([]);
  });

  test.each([['short'], ['x'.repeat(256)], ['with a space in it'], ['schlüssel-mit-umlaut'], [`line\u0009feed-and-more`]])(
    'is 400 when the Idempotency-Key is not fit to be one: %j',
    async (key) => {
      newWorld();
      const { status, body } = await post(signupBody(), key);
      expect([status, body.errors[0].field]).toEqual([400, 'Idempotency-Key']);
    },
  );

  test('is 400 with two Idempotency-Keys', async () => {
    const world = newWorld();
    const keys = [newSignupKey(), newSignupKey()];
    const { status, body } = await send(handler, 'CreateSignup', {
      headers: { 'idempotency-key': keys[1] as string },
      multiValueHeaders: { 'idempotency-key': keys },
      body: signupBody(),
    });
    expect([status, body.errors]).toEqual([
      400,
      [{ field: 'Idempotency-Key', message: 'is given more than once', remedy: 'Send it once.' }],
    ]);
    expect(world.calls).toEqual([]);
  });

  test('is measured and read alike when API Gateway hands the body on in base64', async () => {
    newWorld();
    const sent = (body: unknown) => {
      const event = apiEvent('CreateSignup', request(body));
      return handler({ ...event, isBase64Encoded: true, body: Buffer.from(event.body ?? '').toString('base64') }, context());
    };
    expect((await sent(signupBody())).statusCode).toBe(202);
    expect((await sent({ x: 'a'.repeat(16_384) })).statusCode).toBe(413);
  });

  test('finds its headers however they are written', async () => {
    newWorld();
    const { status } = await send(handler, 'CreateSignup', {
      headers: { 'idempotency-KEY': newSignupKey() },
      body: signupBody(),
    });
    expect(status).toBe(202);
  });
});

describe('when a service fails', () => {
  test.each([
    ['GenerateMac', awsError('ThrottlingException'), 503],
    ['Get', awsError('InternalServerError', 'server'), 503],
    ['GenerateDataKey', awsError('AccessDeniedException', 'client', 'User: arn:aws:sts::1:x is not authorized'), 500],
    ['TransactWrite', awsError('ThrottlingException'), 503],
    ['TransactWrite', awsError('ValidationException', 'client', `Zo\u00eb Kanarienvogel`), 500],
  ] as const)('%s with an error, the answer says nothing of it, and nothing is half written', async (operation, error, expected) => {
    const world = newWorld();
    world.fail(operation, error);
    const { status, text } = await post(signupBody());
    expect(status).toBe(expected);
    expect(text).not.toMatch(/kanarienvogel|exception|authorized/i);
    expect(output()).not.toMatch(/kanarienvogel|arn:aws:sts/i);
    expect(output()).toContain(`"errorName":"${error.name}"`);
    expect(nothing(world)).toBe(true);
  });
});
