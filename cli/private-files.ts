import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Where the user's profiles and sessions are: below XDG_CONFIG_HOME (https://specifications.freedesktop.org/basedir-spec/latest/). */
export function configurationFile(...path: string[]): string {
  // The specification has relative paths ignored.
  const configured = process.env['XDG_CONFIG_HOME'];
  return join(configured?.startsWith('/') ? configured : join(homedir(), '.config'), 'tenantry', ...path);
}

/** Reads a JSON file; undefined if there is none. Fails with a SyntaxError where it is not JSON. */
export async function readJsonFile(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : JSON.parse(text);
}

/** Writes a JSON file that its owner alone can read. Readers see either the old one or the whole new one. */
export async function writePrivateJson(file: string, value: unknown): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const unfinished = `${file}.${process.pid}`;
  try {
    await writeFile(unfinished, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
}
