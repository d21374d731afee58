// Shows that each check of MiniStack proves its patch: it must be green, and red with that patch left out.
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
  const withPatch = run(check, '');
  if (withPatch.failed > 0 || withPatch.passed === 0) return 'is red with the patch';
  const without = run(check, patch);
  const total = without.passed + without.failed;
  return without.failed > 0 ? `red: ${without.failed} of ${total} fail` : `stays green: ${total} pass`;
}

/** How many tests of a file pass and fail while a patch is left out, or none for "". */
function run(check: string, leftOut: string): { passed: number; failed: number } {
  const { stdout } = spawnSync('npm', ['test', '--silent', '--', '--runTestsByPath', check], {
    cwd: checkoutDirectory,
    encoding: 'utf8',
    env: { ...process.env, TENANTRY_MINISTACK_WITHOUT: leftOut },
  });
  const [, passed = '0', failed = '1'] = /(\d+) passed, (\d+) failed\s*$/.exec(stdout) ?? [];
  return { passed: Number(passed), failed: Number(failed) };
}

let unproven = 0;
for (const patch of chosen) {
  const found = outcome(patch);
  if (!found.startsWith('red')) unproven += 1;
  process.stdout.write(`${patch.padEnd(26)}${found}\n`);
}
process.exitCode = unproven === 0 ? 0 : 1;
