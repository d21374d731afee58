import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { signupAccepted } from './support/builders.ts';
import { type Deployment, startDeployment } from './support/deployment.ts';
import { problem, success } from './support/fake-api.ts';

const request = {
  organisationName: 'Müller & Söhne',
  slug: 'mueller',
  administrator: { name: 'Ada Müller', email: 'ada@example.com' },
  tier: 'starter',
  region: 'eu-central-1',
  termsVersion: '2026-01',
};
const flags = {
  '--organisation-name': request.organisationName,
  '--slug': request.slug,
  '--administrator-name': request.administrator.name,
  '--administrator-email': request.administrator.email,
  '--tier': request.tier,
  '--region': request.region,
  '--terms-version': request.termsVersion,
};
const byFlags = ['signup', ...Object.entries(flags).flat()];

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(() => deployment.stop());
afterEach(() => {
  expect(deployment.api.violations.splice(0)).toEqual([]);
  deployment.api.requests.splice(0);
});

test('the options make the request, and the answer says where to follow it and what comes next', async () => {
  const accepted = signupAccepted(deployment.api.url);
  deployment.api.answers.CreateSignup = () => success('CreateSignup', accepted);
  const { exitCode, stdout } = await deployment.run(byFlags);
  expect(exitCode).toBe(0);
  expect(deployment.api.requests[0]?.body).toEqual(request);
  for (const said of [accepted.tenantId, accepted.statusUrl, 'Open the link in the mail.', `status '${accepted.statusUrl}' --watch`]) {
    expect(stdout).toContain(said);
  }
});

test('without a key a new UUID is sent and printed, so that the signup can be sent again', async () => {
  deployment.api.answers.CreateSignup = () => success('CreateSignup', signupAccepted(deployment.api.url));
  const first = await deployment.run(byFlags);
  const second = await deployment.run(byFlags);
  const sent = deployment.api.requests.map(({ headers }) => headers['idempotency-key']);
  expect(sent[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect(sent[1]).not.toBe(sent[0]);
  expect(first.stderr).toContain(`Idempotency-Key ${sent[0]}`);
  expect(second.stderr).toContain(`Idempotency-Key ${sent[1]}`);
});

test('--json prints the answer with the key as one document and nothing else', async () => {
  const accepted = signupAccepted(deployment.api.url);
  deployment.api.answers.CreateSignup = () => success('CreateSignup', accepted);
  const { stdout, stderr } = await deployment.run([...byFlags, '--idempotency-key', 'a-key-of-our-own-1', '--json']);
  expect(JSON.parse(stdout)).toEqual({ idempotencyKey: 'a-key-of-our-own-1', ...accepted });
  expect(stderr).toBe('');
  expect(deployment.api.requests[0]?.headers['idempotency-key']).toBe('a-key-of-our-own-1');
});

test('a file or standard input is sent as it is', async () => {
  deployment.api.answers.CreateSignup = () => success('CreateSignup', signupAccepted(deployment.api.url));
  const file = join(deployment.home, 'request.json');
  await writeFile(file, JSON.stringify(request));
  expect(await deployment.run(['signup', '--file', file])).toMatchObject({ exitCode: 0 });
  const piped = deployment.start(['signup', '--file', '-']);
  piped.type(JSON.stringify(request));
  piped.endInput();
  expect(await piped.ended).toMatchObject({ exitCode: 0 });
  expect(deployment.api.requests.map(({ body }) => body)).toEqual([request, request]);
});

test('a refusal names each field by its option with the remedy', async () => {
  const errors = [{ field: '/administrator/email', message: 'is not an address', remedy: 'Send one such as ada@example.com.' }];
  deployment.api.answers.CreateSignup = () => problem('invalid-request', 'Correct /administrator/email.', errors);
  const { exitCode, stdout, stderr } = await deployment.run([...byFlags, '--idempotency-key', 'a-key-of-our-own-2']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toContain('The request is not valid. Correct /administrator/email.');
  expect(stderr).toContain('  --administrator-email: is not an address. Send one such as ada@example.com.');
  expect(stderr).not.toContain('--idempotency-key a-key-of-our-own-2');
});

test.each(['unavailable', 'internal-error', 'too-many-requests', 'signup-in-progress'] as const)(
  'after "%s" nobody knows what became of it: the key to send it again with is told',
  async (kind) => {
    deployment.api.answers.CreateSignup = () => problem(kind, 'Send it again.');
    const { exitCode, stderr } = await deployment.run([...byFlags, '--idempotency-key', 'a-key-of-our-own-3']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('--idempotency-key a-key-of-our-own-3');
  },
);

test.each([
  ['options are missing', ['signup', '--slug', 'mueller'], /not complete: --organisation-name, --administrator-name/],
  ['both are given', ['signup', '--slug', 'mueller', '--file', 'request.json'], /not from both/],
  ['the file is not there', ['signup', '--file', 'nowhere.json'], /nowhere\.json cannot be read \(ENOENT\)/],
])('nothing is sent when %s', async (_, args, words) => {
  const { exitCode, stderr } = await deployment.run(args);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(words);
  expect(deployment.api.requests).toEqual([]);
});

test('nothing is sent when the file is not JSON', async () => {
  const file = join(deployment.home, 'broken.json');
  await writeFile(file, '{"slug":');
  const { exitCode, stderr } = await deployment.run(['signup', '--file', file]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`${file} is not JSON`);
  expect(deployment.api.requests).toEqual([]);
});
