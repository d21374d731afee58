import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureCacheEntry } from './cache.ts';
import { checkoutDirectory, stateDirectory } from './checkout.ts';
import { lastLines, runProcess } from './run-process.ts';
import { StartProblem } from './start-problem.ts';

const requirementsFile = join(checkoutDirectory, 'local', 'ministack', 'requirements.txt');
/** What requirements without a wheel are built with. */
const buildRequirementsFile = join(checkoutDirectory, 'local', 'ministack', 'build-requirements.txt');
const oldestVersion = [3, 10] as const;
const installRemedy =
  'Install Python 3.10 or newer from https://www.python.org/downloads/ or by your package manager, so that `python3` starts it.';

/** A Python that answered: how to start it, its version such as `3.11.7`, and whether it can make virtual environments. */
type Python = { command: string; version: string; canMakeEnvironments: boolean };

/** How the same interpreter is named by systems and their package managers, the plain names first. */
const candidates = ['python3', 'python', 'py', ...[14, 13, 12, 11, 10].map((minor) => `python3.${minor}`)];

const probe = `
import importlib.util, json, platform
print(json.dumps([platform.python_version(), all(importlib.util.find_spec(name) for name in ('venv', 'ensurepip'))]))
`;

/** Whether a version such as `3.11.7` or `3.14.0rc2` is new enough for MiniStack. */
export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return major > oldestVersion[0] || (major === oldestVersion[0] && minor >= oldestVersion[1]);
}

/** Asks each candidate command for its version; commands that do not exist or do not answer are left out. */
async function findPythons(commands: string[], signal: AbortSignal | undefined): Promise<Python[]> {
  const found = await Promise.all(
    commands.map(async (command): Promise<Python | undefined> => {
      const result = await runProcess(command, ['-c', probe], { signal }).catch(() => undefined);
      if (result?.exitCode !== 0) return undefined;
      const [version, canMakeEnvironments] = JSON.parse(result.standardOutput) as [string, boolean];
      return { command, version, canMakeEnvironments };
    }),
  );
  return found.filter((python) => python !== undefined);
}

/** Chooses the interpreter, or says in one line what is missing and how to mend it. */
export function choosePython(pythons: Python[]): Python {
  const newEnough = pythons.filter((python) => isNewEnough(python.version));
  const usable = newEnough.find((python) => python.canMakeEnvironments);
  if (usable) return usable;
  const [first] = newEnough;
  if (first) {
    throw new StartProblem(
      `Python ${first.version} (${first.command}) cannot make virtual environments.`,
      'Install its venv module (Debian and Ubuntu: sudo apt install python3-venv).',
    );
  }
  const [old] = pythons;
  if (old) throw new StartProblem(`The local stack needs Python 3.10 or newer, and ${old.command} is ${old.version}.`, installRemedy);
  throw new StartProblem('The local stack needs Python 3.10 or newer, and none was found.', installRemedy);
}

/**
 * Makes the virtual environment of the local stack if its requirements or the Python changed, and returns the path of its interpreter.
 * It is safe when two processes do so at once. Packages are accepted by their hashes alone.
 */
export async function ensurePythonEnvironment(options: { log: (line: string) => void; signal?: AbortSignal }): Promise<string> {
  const requirements = Buffer.concat(await Promise.all([buildRequirementsFile, requirementsFile].map((file) => readFile(file))));
  const python = choosePython(await findPythons(candidates, options.signal));
  const hash = createHash('sha256').update(requirements).update(python.version).digest('hex').slice(0, 16);
  const directory = await ensureCacheEntry({ directory: stateDirectory, kind: 'venv', hash }, async (unfinished) => {
    options.log(`Installing MiniStack and localstripe into a virtual environment of Python ${python.version}`);
    await install(python, unfinished, options.signal);
  });
  return interpreterOf(directory);
}

async function install(python: Python, directory: string, signal: AbortSignal | undefined): Promise<void> {
  const made = await runProcess(python.command, ['-m', 'venv', directory], { signal });
  if (made.exitCode !== 0) throw new StartProblem(`The virtual environment could not be made: ${lastLines(made.output, 5)}`, installRemedy);
  // What has no wheel is built by what was just installed by its hash: pip would fetch build tools without hashes.
  for (const from of [
    ['-r', buildRequirementsFile],
    ['--no-build-isolation', '--only-binary', ':all:', '--no-binary', 'localstripe', '-r', requirementsFile],
  ])
    await installBy(interpreterOf(directory), from, signal);
}

async function installBy(interpreter: string, from: string[], signal: AbortSignal | undefined): Promise<void> {
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', ...from];
  const installed = await runProcess(interpreter, pip, { signal });
  if (installed.exitCode !== 0) {
    throw new StartProblem(
      `MiniStack could not be installed: ${lastLines(installed.output, 5)}`,
      'Check that pip reaches a package index (pip config list), then start again.',
    );
  }
}

function interpreterOf(directory: string): string {
  return process.platform === 'win32' ? join(directory, 'Scripts', 'python.exe') : join(directory, 'bin', 'python');
}
