import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runCli } from './support/run-cli.ts';

const commands = [
  'signup',
  'confirm',
  'status',
  'stuck',
  'list',
  'show',
  'events',
  'redrive',
  'retry',
  'abandon',
  'onboarding',
  'onboarding show',
  'onboarding pause',
  'onboarding resume',
  'billing',
  'billing check',
  'cells',
  'silo',
  'silo diff',
  'mails',
  'chaos',
  'chaos on',
  'chaos off',
  'chaos list',
  'login',
  'logout',
  'configure',
];
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tenantry-cli-'));
});
afterAll(() => rm(home, { recursive: true }));
const run = (...args: string[]) => runCli(args, { HOME: home });

test('the help names every command and the exit codes', async () => {
  const { exitCode, stdout } = await run('--help');
  expect(exitCode).toBe(0);
  for (const command of commands.filter((name) => !name.includes(' '))) expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
  expect(stdout).toMatch(/0 {2}done[\s\S]*1 {2}refused[\s\S]*2 {2}the command line[\s\S]*3 {2}not signed in[\s\S]*4 {2}the service cannot/);
});

test('--version prints the version of the package', async () => {
  const { version } = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8'));
  expect(await run('--version')).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
});

test.each(commands)('%s --help has an example, the common options and the exit codes', async (command) => {
  const { exitCode, stdout } = await run(...command.split(' '), '--help');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(new RegExp(`Examples:\n( {2}\\$ .*\n)*? {2}\\$ tenantry ${command}\\b`));
  expect(stdout).toMatch(/--profile[\s\S]*--json[\s\S]*Exit codes:/);
});

test.each([
  ['no command', [], /Usage: tenantry/],
  ['an unknown command', ['lst'], /unknown command 'lst'\s+\(Did you mean list\?\)/],
  ['an unknown option', ['list', '--al'], /unknown option '--al'\s+\(Did you mean --all\?\)/],
  ['a missing argument', ['show'], /missing required argument 'tenantId'/],
  ['a missing reason', ['redrive', 'some-tenant'], /Give --reason: why/],
  ['nothing to correct', ['retry', 'some-tenant', '--reason', 'x'], /required option '--input <field=value>' not specified/],
  [
    'a field that cannot be corrected',
    ['retry', 'some-tenant', '--reason', 'x', '--input', 'tier=x'],
    /Fields: slug, administrator\.email/,
  ],
  ['a field that is given twice', ['retry', 'some-tenant', '--reason', 'x', '--input', 'slug=a', '--input', 'slug=b'], /given twice/],
  ['nobody to redrive', ['redrive', '--reason', 'x'], /the id of a tenant, or --failed-at/],
  ['failures since nobody knows when', ['redrive', '--reason', 'x', '--failed-at', 'CreateAdminUser'], /--failed-at needs --since/],
  ['an instant without its zone', ['redrive', '--reason', 'x', '--since', '2026-11-02T09:00'], /with their zone/],
  ['a rate that is none', ['redrive', '--reason', 'x', '--rate', '0'], /whole number from 1 to 600/],
  ['a time that is none', ['status', 'some-tenant', '--timeout', 'soon'], /It must be a number of seconds/],
])('%s is a usage error that says what is wrong', async (_, args, words) => {
  const { exitCode, stdout, stderr } = await run(...args);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toMatch(words);
  expect(stderr).not.toMatch(/\n\s+at /);
});

test('with --json a usage error is one JSON document on standard error', async () => {
  const { exitCode, stdout, stderr } = await run('list', '--bogus', '--json');
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(JSON.parse(stderr)).toEqual({ error: { exitCode: 2, message: "unknown option '--bogus'", next: [expect.any(String)] } });
});

describe('started as an executable file', () => {
  const source = fileURLToPath(new URL('../../../cli', import.meta.url));
  const oldNode = async (folder: string) => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'node'), '#!/bin/sh\necho v20.20.2\n');
    await chmod(join(folder, 'node'), 0o755);
  };
  const execute = (file: string, path: string): Promise<{ exitCode: number; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      execFile(file, ['--help'], { env: { HOME: home, PATH: `${path}:/usr/bin:/bin` } }, (error, stdout, stderr) =>
        resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr }),
      );
    });

  test('it runs by the Node.js on the PATH, also through the link that npm makes', async () => {
    const link = join(home, 'tenantry');
    await symlink(join(source, 'tenantry.ts'), link);
    expect(await execute(link, dirname(process.execPath))).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Usage: tenantry'),
    });
  });

  test("it prefers the checkout's own Node.js to one that is too old", async () => {
    await oldNode(join(home, 'old'));
    expect(await execute(join(source, 'tenantry.ts'), join(home, 'old'))).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Usage: tenantry'),
    });
  });

  test('it says what is missing: the packages, or a Node.js that is new enough', async () => {
    const checkout = join(home, 'checkout', 'cli');
    await oldNode(join(home, 'old'));
    await mkdir(checkout, { recursive: true });
    for (const name of ['tenantry.ts', 'run-with-node.sh']) await copyFile(join(source, name), join(checkout, name));
    expect(await execute(join(checkout, 'tenantry.ts'), dirname(process.execPath))).toMatchObject({
      exitCode: 2,
      stderr: 'tenantry: The packages are not installed. Run "npm ci" in the checkout.\n',
    });
    await mkdir(join(home, 'checkout', 'node_modules', 'commander'), { recursive: true });
    const { exitCode, stderr } = await execute(join(checkout, 'tenantry.ts'), join(home, 'old'));
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      'tenantry: Node.js 24 or newer is needed; v20.20.2 is on the PATH.\n  Install it, or run "npm ci" in the checkout with its development dependencies: they bring one along.\n',
    );
  });
});
