// Shows that each check of the local stack's stand-ins proves its patch: it must be green, and red with that patch left out.
//   node scripts/check-without-patches.ts            every patch
//   node scripts/check-without-patches.ts iam kms    these
// A patch `dynamodb_keys` in local/ministack/tenantry_ministack is checked by test/local/ministack/dynamodb-keys.test.ts, and one of localstripe by
// the tests that begin with its name in test/local/payments/patches.test.ts.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutDirectory } from '../local/checkout.ts';

interface Check {
  /** Of what Jest is told to run. */
  readonly tests: readonly string[];
  readonly file: string;
  /** The environment variable that leaves patches out. */
  readonly variable: string;
}

/** The names in a tuple called PATCHES of a Python file. */
function patchesIn(...path: string[]): string[] {
  const listed = /^PATCHES = \(([^)]*)\)/m.exec(readFileSync(join(checkoutDirectory, 'local', ...path), 'utf8'))?.[1] ?? '';
  return [...listed.matchAll(/^ {4}"?(\w+)"?,$/gm)].map((match) => match[1] ?? '');
}

const checks = new Map<string, Check>();
for (const patch of patchesIn('ministack', 'tenantry_ministack', 'server.py')) {
  const file = join('test', 'local', 'ministack', `${patch.replaceAll('_', '-')}.test.ts`);
  checks.set(patch, { file, tests: [], variable: 'TENANTRY_MINISTACK_WITHOUT' });
}
for (const patch of patchesIn('payments', 'tenantry_localstripe', 'patches.py')) {
  const file = join('test', 'local', 'payments', 'patches.test.ts');
  checks.set(patch, { file, tests: ['--testNamePattern', `^${patch}: `], variable: 'TENANTRY_LOCALSTRIPE_WITHOUT' });
}
const chosen = process.argv.length > 2 ? process.argv.slice(2) : [...checks.keys()];

/** What became of a patch's check without the patch. */
function outcome(patch: string): string {
  const check = checks.get(patch);
  if (!check) return 'no such patch';
  if (!existsSync(join(checkoutDirectory, check.file))) return 'has no check';
  const withPatch = run(check, '');
  if (withPatch.passed + withPatch.failed === 0) return 'has no check';
  if (withPatch.failed > 0) return 'is red with the patch';
  const without = run(check, patch);
  const total = without.passed + without.failed;
  return without.failed > 0 ? `red: ${without.failed} of ${total} fail` : `stays green: ${total} pass`;
}

/** How many tests of a check pass and fail while a patch is left out, or none for "". */
function run({ file, tests, variable }: Check, leftOut: string): { passed: number; failed: number } {
  const { stdout } = spawnSync('npm', ['test', '--silent', '--', '--runTestsByPath', file, ...tests], {
    cwd: checkoutDirectory,
    encoding: 'utf8',
    env: { ...process.env, [variable]: leftOut },
  });
  const [, passed = '0', failed = '1'] = /(\d+) passed, (\d+) failed\s*$/.exec(stdout) ?? [];
  return { passed: Number(passed), failed: Number(failed) };
}

let unproven = 0;
for (const patch of chosen) {
  const found = outcome(patch);
  if (!found.startsWith('red')) unproven += 1;
  process.stdout.write(`${patch.padEnd(32)}${found}\n`);
}
process.exitCode = unproven === 0 ? 0 : 1;
