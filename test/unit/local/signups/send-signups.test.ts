import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Mail } from '../../../../local/mails.ts';
import { confirmationLink, sendSignups, stateOf } from '../../../../local/signups/send-signups.ts';
import { parseSignups } from '../../../../local/signups/signup-file.ts';

/** An API that accepts every signup once it can read it, and activates a tenant when its confirmation comes. */
let server: Server;
let apiUrl: string;
let received: { key: string | undefined; contentType: string | undefined; body: string }[];
let active: Set<string>;
let mails: Mail[];

beforeEach(async () => {
  received = [];
  active = new Set();
  mails = [];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const reply = (status: number, answer: object) => response.writeHead(status).end(JSON.stringify(answer));
    const [, tenantId = '', confirmation] = /^\/signups\/([^/?]+)(\/confirmation)?/.exec(request.url ?? '') ?? [];
    if (confirmation) {
      if (JSON.parse(body).token === `token-of-${tenantId}`) active.add(tenantId);
      return reply(202, {});
    }
    if (tenantId) return reply(200, { status: active.has(tenantId) ? 'ACTIVE' : 'PENDING', steps: [] });
    const key = request.headers['idempotency-key'] as string | undefined;
    received.push({ key, contentType: request.headers['content-type'], body });
    if (body.startsWith('{"cut')) return reply(400, { type: 'urn:problem-type:tenantry:malformed-body', title: 'The body is not JSON' });
    mails.push(mailWith(`${apiUrl}/signups/${key}/confirmation?token=token-of-${key}`));
    return reply(202, { tenantId: key, status: 'PENDING', statusUrl: `${apiUrl}/signups/${key}?token=reader` });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const mailWith = (link: string): Mail => ({
  messageId: link,
  from: 'onboarding@example.com',
  to: ['ada@example.com'],
  subject: 'Confirm',
  text: `Hello,\n\n${link}\n\nThe link works for a week.`,
  html: undefined,
  sentAt: '',
});
const send = (...lines: object[]) => {
  const changes: string[] = [];
  const parsed = parseSignups(lines.map((line) => JSON.stringify(line)).join('\n'), 'own.jsonl');
  const payments = { apiUrl, apiKey: 'sk_test_key', webhookSigningSecret: 'whsec_secret' };
  const target = { apiUrl, payments, mails: async () => mails };
  return sendSignups(parsed, target, (line, state) => changes.push(`${line.lineNumber} ${state}`), new AbortController().signal).then(
    (finished) => ({ ends: finished.map(({ end }) => end), changes }),
  );
};
const request = { organisationName: 'Example Bakery' };
const expected = { http: 202, status: 'ACTIVE' };

test('an accepted signup is confirmed by the link in its own mail and followed until it is as expected', async () => {
  const { ends, changes } = await send(
    { request, headers: { 'Idempotency-Key': 'one' }, expect: expected },
    { request, headers: { 'Idempotency-Key': 'two' }, expect: { http: 202, status: 'PENDING' } },
  );
  expect(ends.map(({ tenantId, status }) => [tenantId, status])).toEqual([
    ['one', 'ACTIVE'],
    ['two', 'PENDING'],
  ]);
  expect([...active]).toEqual(['one']);
  expect(changes).toEqual(['1 PENDING', '2 PENDING', '1 ACTIVE']);
});

test('the same key again is told from a new tenant', async () => {
  const line = { request, headers: { 'Idempotency-Key': 'one' }, expect: expected };
  const { ends } = await send(line, line);
  expect(ends.map(({ earlierTenantId }) => earlierTenantId)).toEqual([undefined, 'one']);
});

test('texts are sent as they are, headers replace the usual ones, null leaves one out, and each line has a key of its own', async () => {
  const refused = { http: 400 };
  const { ends } = await send(
    { request: '{"cut', expect: refused },
    { request: '{"cut too', headers: { 'content-type': 'text/plain', 'idempotency-key': null }, expect: refused },
    { request: '{"cut', expect: refused },
  );
  expect(ends[0]).toEqual({ http: 400, problem: 'urn:problem-type:tenantry:malformed-body' });
  expect(received.map(({ body, contentType }) => [body, contentType])).toEqual([
    ['{"cut', 'application/json'],
    ['{"cut too', 'text/plain'],
    ['{"cut', 'application/json'],
  ]);
  expect(received[1]?.key).toBeUndefined();
  expect(received[0]?.key).toMatch(/^\S{16,}$/);
  expect(received[2]?.key).not.toBe(received[0]?.key);
});

test('a signup that is accepted against expectation is not waited for', async () => {
  const { ends } = await send({ request, headers: { 'Idempotency-Key': 'one' }, expect: { http: 409 } });
  expect(ends).toEqual([{ http: 202, tenantId: 'one', status: 'PENDING', earlierTenantId: undefined }]);
});

test('a confirmation link is found for its own tenant alone', () => {
  const found = [
    mailWith('https://api.example.com/signups/a/confirmation?token=1'),
    mailWith('https://api.example.com/signups/b/confirmation?token=2'),
  ];
  expect(confirmationLink(found, 'b')?.href).toBe('https://api.example.com/signups/b/confirmation?token=2');
  expect(confirmationLink(found, 'c')).toBeUndefined();
});

test('the state while provisioning is the step that was started last, with the reason if it failed', () => {
  const step = (label: string, state: 'SUCCEEDED' | 'RUNNING' | 'FAILED' | 'WAITING', reason?: string) =>
    ({ label, state, ...(reason ? { failure: { reason, nextAction: 'Wait.' } } : {}) }) as never;
  const status = 'PROVISIONING';
  expect(stateOf({ status, steps: [step('Plan tenant', 'WAITING')] })).toBe('PROVISIONING');
  expect(stateOf({ status, steps: [step('Plan tenant', 'SUCCEEDED'), step('Test tenant', 'WAITING')] })).toBe('PROVISIONING: Plan tenant');
  expect(stateOf({ status, steps: [step('Plan tenant', 'FAILED', 'Too busy.')] })).toBe('PROVISIONING: Plan tenant, failed. Too busy.');
  expect(stateOf({ status: 'ACTIVE', steps: [step('Plan tenant', 'SUCCEEDED')] })).toBe('ACTIVE');
});
