import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { claimRecord, readRecord, type StackRecord, writeRecord } from '../../../local/stack-record.ts';

/** Above the largest process id of Linux and macOS. */
const deadProcessId = 4_194_305;
const record: StackRecord = {
  processId: process.pid,
  endpoint: 'http://127.0.0.1:4566',
  region: 'eu-central-1',
  account: '000000000000',
  apiUrl: 'http://127.0.0.1:4566/api/v1',
  mailsUrl: 'http://127.0.0.1:4566/mails',
  outputs: { EventBusName: 'tenantry' },
  credentials: { accessKeyId: 'key', secretAccessKey: 'secret', sessionToken: 'token' },
  staffOperator: { username: 'operator@example.com', password: 'password', totpSecret: 'JBSWY3DPEHPK3PXP' },
  payments: { apiUrl: 'http://127.0.0.1:8420', apiKey: 'sk_test_key', webhookSigningSecret: 'whsec_secret' },
};

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tenantry-record-'));
  file = join(directory, 'stack.json');
});
afterEach(() => rm(directory, { recursive: true }));

test('a stack that is up keeps a second one from starting, which says where the first is', async () => {
  await claimRecord(file);
  await writeRecord(file, record);
  await expect(claimRecord(file)).rejects.toThrow(`process ${process.pid}, at http://127.0.0.1:4566`);
  expect(await readRecord(file)).toEqual(record);
});

test('so does one that is starting', async () => {
  await claimRecord(file);
  await expect(claimRecord(file)).rejects.toThrow('still starting');
});

test('of two that start at once, one goes on', async () => {
  const results = await Promise.allSettled([claimRecord(file), claimRecord(file)]);
  expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
});

test.each([
  ['a dead process', JSON.stringify({ ...record, processId: deadProcessId })],
  ['a crash while writing', '{"processId": 12'],
])('what %s left is taken over', async (_name, content) => {
  await writeFile(file, content);
  await claimRecord(file);
  expect(await readRecord(file)).toEqual({ processId: process.pid });
});

test('its secrets are readable by its owner alone, from the first moment', async () => {
  await claimRecord(file);
  expect((await stat(file)).mode & 0o077).toBe(0);
  await writeRecord(file, record);
  expect((await stat(file)).mode & 0o077).toBe(0);
});
