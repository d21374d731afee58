import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Deployment, startDeployment } from './support/deployment.ts';

let deployment: Deployment;
let server: Server;
const mailTo = (address: string, subject: string) => ({
  MessageId: subject,
  Source: 'no-reply@example.com',
  To: [address],
  Subject: subject,
  BodyText: `Open https://example.com/?for=${subject}`,
  BodyHtml: null,
  Timestamp: Date.UTC(2026, 0, 1, 12) / 1000,
});
const invitation = { ...mailTo('cleo@example.com', 'three'), BodyText: null, BodyHtml: '<p>Temporary password: secret</p>' };
const mailbox = { messages: { '000000000000': [mailTo('ada@example.com', 'one'), mailTo('bea@example.com', 'two'), invitation] } };

beforeAll(async () => {
  deployment = await startDeployment();
  server = createServer((request, response) => response.end(request.url === '/mails' ? JSON.stringify(mailbox) : 'not here'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings = ['--api-url', address, '--staff-user-pool-id', 'eu-central-1_Staff1234', '--staff-user-pool-client-id', 'c'];
  await deployment.run(['configure', '--profile', 'kept', ...settings, '--mails-url', `${address}/mails`]);
  await deployment.run(['configure', '--profile', 'wrong', ...settings, '--mails-url', `${address}/elsewhere`]);
});
afterAll(async () => {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  await deployment.stop();
});

test('shows the kept mails, also those to one address alone', async () => {
  const all = await deployment.run(['mails', '--profile', 'kept']);
  expect(all.exitCode).toBe(0);
  expect(all.stdout).toMatch(/To +ada@example\.com[\s\S]*Subject +one[\s\S]*for=one[\s\S]*To +bea@example\.com/);
  const { stdout } = await deployment.run(['mails', '--profile', 'kept', '--to', 'bea@example.com', '--json']);
  expect(JSON.parse(stdout)).toEqual({
    mails: [
      {
        messageId: 'two',
        from: 'no-reply@example.com',
        to: ['bea@example.com'],
        subject: 'two',
        text: 'Open https://example.com/?for=two',
        html: '',
        sentAt: '2026-01-01T12:00:00.000Z',
      },
    ],
  });
});

test('shows a mail that is HTML alone as it is', async () => {
  const { stdout } = await deployment.run(['mails', '--profile', 'kept', '--to', 'cleo@example.com']);
  expect(stdout).toContain('<p>Temporary password: secret</p>');
});

test('on AWS it says why there are none', async () => {
  const { exitCode, stdout, stderr } = await deployment.run(['mails']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toMatch(/"fake" has no mailsUrl: on AWS mails are sent to their recipients and kept nowhere/);
});

test('an address with something else is named', async () => {
  const { exitCode, stderr } = await deployment.run(['mails', '--profile', 'wrong']);
  expect(exitCode).toBe(4);
  expect(stderr).toMatch(/What answers at http:\S+\/elsewhere is no mailbox/);
});
