import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readRecord } from '../../local/stack-record.ts';

const launcher = fileURLToPath(new URL('../../local/launch.js', import.meta.url));
const startMilliseconds = 240_000;

let folder: string;
let recordFile: string;
let running: ChildProcess[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenantry-commands-'));
  recordFile = join(folder, 'stack.json');
  running = [];
});
afterEach(async () => {
  for (const child of running) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

/** Starts a command with a record of its own, so that a stack which the developer keeps up is not in the way. */
function start(...commandArguments: string[]) {
  const child = spawn(process.execPath, [launcher, ...commandArguments], {
    env: { ...process.env, TENANTRY_LOCAL_STACK: recordFile },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  const ended = once(child, 'exit').then(([exitCode, signal]) => exitCode ?? signal);
  return { child, ended, output: text(child.stdout), errors: text(child.stderr) };
}

/** Waits for the record of the stack that a command starts. Synthesising anew may take its time; Jest's limit ends the wait. */
async function untilUp({ child, errors }: ReturnType<typeof start>) {
  for (;;) {
    const record = await readRecord(recordFile);
    if (record?.endpoint && record.processId === child.pid) return { ...record, endpoint: record.endpoint };
    if (child.exitCode !== null) throw new Error(`The stack did not come up: ${await errors}`);
    await delay(50);
  }
}
const answers = (endpoint: string) =>
  fetch(`${endpoint}/_ministack/health`).then(
    ({ ok }) => ok,
    () => false,
  );
const childrenOf = (processId: number) =>
  execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (parent === processId && child ? [child] : []));

describe('a stack that is kept up', () => {
  test(
    'keeps a second one away, is stopped by Ctrl-C with all that it started, and is replaced by --reset',
    async () => {
      const first = start('local');
      const { endpoint } = await untilUp(first);
      expect(await answers(endpoint)).toBe(true);

      const second = start('local');
      expect(await second.ended).toBe(1);
      expect(await second.errors).toContain(`is up already, process ${first.child.pid}, at ${endpoint}.`);

      const third = start('local', '--reset');
      expect(await first.ended).toBe(0);
      expect(await answers(endpoint)).toBe(false);
      const renewed = await untilUp(third);

      third.child.kill('SIGINT');
      expect(await third.ended).toBe(0);
      expect([await answers(renewed.endpoint), await readRecord(recordFile)]).toEqual([false, undefined]);
      expect(await third.output).toContain(`export AWS_ENDPOINT_URL=${renewed.endpoint}`);
    },
    startMilliseconds,
  );

  test(
    'ends with the end of its log when MiniStack dies',
    async () => {
      const stack = start('local');
      await untilUp(stack);
      for (const processId of childrenOf(stack.child.pid ?? 0)) process.kill(processId, 'SIGKILL');
      expect(await stack.ended).toBe(1);
      expect(await stack.errors).toMatch(
        /MiniStack ended by itself \(SIGKILL\)\. The end of .*stack\.log:\n.*Running on .*Start it again/s,
      );
      expect(await readRecord(recordFile)).toBeUndefined();
    },
    startMilliseconds,
  );
});

describe('what a person mistyped is told in words and at once', () => {
  test('a file of signups that is not there', async () => {
    const command = start('start', '--file', join(folder, 'absent.jsonl'));
    expect(await command.ended).toBe(1);
    expect(await command.errors).toMatch(/^\S+absent\.jsonl cannot be read \(ENOENT\)\. Give a file of signups/);
  });

  test('a line that cannot be read', async () => {
    const file = join(folder, 'own.jsonl');
    await writeFile(file, '{"request": {}}\n');
    const command = start('start', '--exit', '--file', file);
    expect(await command.ended).toBe(1);
    expect(await command.errors).toContain(`${file}:1: expect`);
  });

  test.each([
    ['start', '--exit'],
    ['local', '--reset'],
  ])('--help of %s tells its options', async (name, option) => {
    const command = start(name, '--help');
    expect(await command.ended).toBe(0);
    expect(await command.output).toContain(option);
  });
});
