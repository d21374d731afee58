import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { checkoutDirectory } from '../../../local/checkout.ts';
import { ensurePythonEnvironment } from '../../../local/python-environment.ts';
import { account, type BareMiniStack, createFunction, eventually, invoke, region } from '../../support/bare-ministack.ts';

let python: string;
let folder: string | undefined;

beforeAll(async () => {
  python = await ensurePythonEnvironment({ log: () => undefined });
});
afterEach(async () => {
  if (folder) await rm(folder, { recursive: true });
  folder = undefined;
});

/** A launcher whose standard input this test holds, with temporary files in a folder of the test's own. */
async function launch(more: NodeJS.ProcessEnv = {}): Promise<{ launcher: ChildProcess; port: number; temporaryFolder: string }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = (server.address() as { port: number }).port;
  server.close();
  folder = await mkdtemp(join(tmpdir(), 'tenantry-launch-'));
  const launcher = spawn(python, ['-m', 'tenantry_ministack'], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {
      PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
      PYTHONPATH: join(checkoutDirectory, 'local', 'ministack'),
      TMPDIR: folder,
      GATEWAY_PORT: String(port),
      MINISTACK_REGION: region,
      ...more,
    },
  });
  return { launcher, port, temporaryFolder: folder };
}

/** Starts one, with a Lambda worker running in it, and returns the ids of all its processes. */
async function launchWithWorker(more: NodeJS.ProcessEnv = {}) {
  const launched = await launch(more);
  const endpoint = `http://127.0.0.1:${launched.port}`;
  await eventually('Health', async () => (await fetch(`${endpoint}/_ministack/health`).catch(() => undefined))?.ok || undefined);
  const options = (credentials = { accessKeyId: account, secretAccessKey: 'test' }) => ({ endpoint, region, credentials, maxAttempts: 1 });
  const stack: BareMiniStack = { endpoint, options, stop: async () => undefined };
  // The worker would live on by itself: its timer keeps it going, and it does not care that its input closed.
  const worker = await createFunction(
    stack,
    'setInterval(() => {}, 1000); exports.handler = async () => ({ worker: process.pid, server: process.ppid })',
  );
  const { worker: workerId, server: serverId } = (await invoke(stack, worker)).payload as { worker: number; server: number };
  return { ...launched, processes: [launched.launcher.pid ?? 0, serverId, workerId], serverId };
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}

async function expectNothingLeft({ processes, temporaryFolder }: { processes: number[]; temporaryFolder: string }): Promise<void> {
  await eventually('The end of all processes', async () => (processes.some(isAlive) ? undefined : true));
  expect(await readdir(temporaryFolder)).toEqual([]);
}

const ends: [string, (launched: Awaited<ReturnType<typeof launchWithWorker>>) => void][] = [
  ['its starter dies, which closes its input', ({ launcher }) => launcher.stdin?.end()],
  ['it is asked to end', ({ launcher }) => launcher.kill('SIGTERM')],
  ['Ctrl-C is pressed', ({ launcher }) => launcher.kill('SIGINT')],
  ['its server crashes', ({ serverId }) => process.kill(serverId, 'SIGKILL')],
  ['it is killed itself', ({ launcher }) => launcher.kill('SIGKILL')],
];

test.each(ends)('nothing is left when %s', async (_how, end) => {
  const launched = await launchWithWorker();
  const ended = once(launched.launcher, 'exit');
  end(launched);
  await ended;
  await expectNothingLeft(launched);
});

test('functions get none of the developer’s own AWS settings', async () => {
  const launched = await launchWithWorker({ AWS_ACCESS_KEY_ID: 'AKIADEVELOPERSOWNKEY', AWS_PROFILE: 'production' });
  const { stdout } = await promisify(execFile)('ps', ['eww', '-o', 'command=', '-p', launched.processes.slice(1).join()]);
  launched.launcher.stdin?.end();
  expect(stdout).toContain('GATEWAY_PORT');
  expect(stdout).not.toMatch(/DEVELOPERSOWN|AWS_PROFILE/);
  await expectNothingLeft(launched);
});

test('another version of MiniStack is refused in one line that says what to do', async () => {
  const other = await mkdtemp(join(tmpdir(), 'tenantry-other-version-'));
  const script = `
import importlib.metadata, runpy
importlib.metadata.version = lambda name: "1.6.0"
runpy.run_module("tenantry_ministack", run_name="__main__")`;
  const env = { PYTHONPATH: join(checkoutDirectory, 'local', 'ministack'), TMPDIR: other, GATEWAY_PORT: '1' };
  const refused = promisify(execFile)(python, ['-c', script], { env });
  await expect(refused).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^MiniStack 1\.5\.33 is needed, found 1\.6\.0\. Remedy: .*\n$/),
  });
  await rm(other, { recursive: true });
});
