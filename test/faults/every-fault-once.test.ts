import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const project = fileURLToPath(new URL('../../', import.meta.url));
/** Ten minutes of two processes' time; and many more pass on a machine that has much else to do. */
const mostMilliseconds = 45 * 60_000;

test(
  'every fault of every call of every state of every tier, once each, leaves the world that a clean run leaves, or nothing of a tenant that was given up',
  async () => {
    const child = spawn(process.execPath, ['test/faults/faults.ts', '--run', 'rotated', '--json'], {
      cwd: project,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [output, told, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    const failures = told.slice(Math.max(0, told.indexOf('FAILED ')));
    expect({ exitCode, failures: exitCode === 0 ? '' : failures }).toEqual({ exitCode: 0, failures: '' });
    const { ran, failed } = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as { ran: number; failed: number };
    expect(failed).toBe(0);
    expect(ran).toBeGreaterThan(4_000);
  },
  mostMilliseconds,
);
