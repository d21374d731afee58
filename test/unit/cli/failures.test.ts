import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { token } from './support/builders.ts';
import { type Deployment, startDeployment } from './support/deployment.ts';

let deployment: Deployment;
let server: Server;
let url: string;
/** An address of this machine at which nothing listens. */
let dead: string;
let answer: { status: number; body: string; location?: string };
const requests: (string | undefined)[] = [];

beforeAll(async () => {
  deployment = await startDeployment();
  dead = await deadAddress();
  server = createServer((request, response) => {
    requests.push(request.url);
    response.writeHead(answer.status, answer.location ? { location: answer.location } : {}).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
async function deadAddress(): Promise<string> {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  return `http://127.0.0.1:${port}`;
}
afterAll(async () => {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  await deployment.stop();
});
beforeEach(() => {
  requests.splice(0);
});
const statusAt = (apiUrl: string, ...args: string[]) =>
  deployment.run(['status', `${apiUrl}/signups/${randomUUID()}?token=${token}`, ...args]);

describe('a service that cannot be reached', () => {
  test('is named with its address and what to check, without the token', async () => {
    const { exitCode, stdout, stderr } = await statusAt(`${dead}/v1`);
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
    expect(stderr).toBe(
      `tenantry: Cannot reach ${dead}/v1. Nothing listens there. (ECONNREFUSED)\n  Check your network and proxy, and the address.\n`,
    );
  });

  test('is one JSON document with --json', async () => {
    const { exitCode, stdout, stderr } = await statusAt(`${dead}/v1`, '--json');
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
    expect(JSON.parse(stderr)).toEqual({
      error: { exitCode: 4, message: expect.stringContaining(`${dead}/v1`), next: [expect.any(String)] },
    });
  });

  test('is Cognito, when one cannot sign in', async () => {
    const settings = ['--api-url', url, '--staff-user-pool-id', 'eu-central-1_Staff1234', '--staff-user-pool-client-id', 'c'];
    await deployment.run(['configure', '--profile', 'dead', ...settings, '--cognito-endpoint', dead]);
    const { exitCode, stderr } = await deployment.run(['login', '--profile', 'dead', '--username', 'ada'], { TENANTRY_PASSWORD: 'x' });
    expect(exitCode).toBe(4);
    expect(stderr).toContain(`Cannot reach ${dead}.`);
    expect(stderr).toContain('the address in the profile "dead"');
  });
});

describe('what answers is not this API', () => {
  test.each([
    ['a page', { status: 200, body: '<html>Welcome</html>' }],
    ["a gateway's own words", { status: 403, body: '{"message":"Missing Authentication Token"}' }],
    ['an answer of another form', { status: 200, body: '{"tenantId":7}' }],
  ])('%s: it says so, with the status', async (_, given) => {
    answer = given;
    const { exitCode, stderr } = await statusAt(url);
    expect(exitCode).toBe(4);
    expect(stderr).toContain(`What answers at ${url} (HTTP status ${given.status}) is not this API.`);
    expect(stderr).toContain('Check the address');
  });

  test('a redirect is not followed, because the address holds a token', async () => {
    answer = { status: 302, body: '', location: `${url}/elsewhere?token=${token}` };
    expect(await statusAt(url)).toMatchObject({ exitCode: 4 });
    expect(requests).toHaveLength(1);
  });
});

describe('a fault of the command line itself', () => {
  test('shows its stack only with TENANTRY_DEBUG', async () => {
    // A folder where the session should be a file.
    await mkdir(join(deployment.home, 'config', 'tenantry', 'sessions', 'fake.json'), { recursive: true });
    const plain = await deployment.run(['list']);
    expect(plain).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('TENANTRY_DEBUG=1') });
    expect(plain.stderr).not.toMatch(/\n\s+at /);
    const debug = await deployment.run(['list'], { TENANTRY_DEBUG: '1' });
    expect(debug.exitCode).toBe(1);
    expect(debug.stderr).toMatch(/EISDIR[\s\S]*\n\s+at /);
  });
});
