// Shows that each check of MiniStack can fail: runs the check of each patch with that patch left out, and expects it to be red.
//   node scripts/check-without-patches.ts            every patch
//   node scripts/check-without-patches.ts iam kms    these
// A patch `dynamodb_keys` in local/ministack/tenantry_ministack is checked by test/local/ministack/dynamodb-keys.test.ts.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutDirectory } from '../local/checkout.ts';

const server = readFileSync(join(checkoutDirectory, 'local', 'ministack', 'tenantry_ministack', 'server.py'), 'utf8');
const listed = /^PATCHES = \(([^)]*)\)/m.exec(server)?.[1] ?? '';
const patches = [...listed.matchAll(/"(\w+)"/g)].map((match) => match[1] ?? '');
const chosen = process.argv.length > 2 ? process.argv.slice(2) : patches;

/** What became of a patch's check without the patch. */
function outcome(patch: string): string {
  const check = join('test', 'local', 'ministack', `${patch.replaceAll('_', '-')}.test.ts`);
  if (!patches.includes(patch)) return 'no such patch';
  if (!existsSync(join(checkoutDirectory, check))) return 'has no check';
  const run = spawnSync('npm', ['test', '--silent', '--', '--runTestsByPath', check], {
    cwd: checkoutDirectory,
    encoding: 'utf8',
    env: { ...process.env, TENANTRY_MINISTACK_WITHOUT: patch },
  });
  const counts = /(\d+) passed, (\d+) failed\s*$/.exec(run.stdout);
  if (run.status === 0 || !counts) return `stays green: ${counts?.[0].trim() ?? 'it did not run'}`;
  return `red: ${counts[2]} of ${Number(counts[1]) + Number(counts[2])} fail`;
}

let unproven = 0;
for (const patch of chosen) {
  const found = outcome(patch);
  if (!found.startsWith('red')) unproven += 1;
  process.stdout.write(`${patch.padEnd(26)}${found}\n`);
}
process.exitCode = unproven === 0 ? 0 : 1;
