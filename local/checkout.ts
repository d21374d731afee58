import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of this checkout. Everything the local stack keeps lies below it, so that several checkouts never meet. */
export const checkoutDirectory: string = fileURLToPath(new URL('..', import.meta.url));

/** Absolute path of the folder, ignored by git, that holds caches, logs and records of running stacks. */
export const stateDirectory: string = join(checkoutDirectory, '.local');

/** Makes the state folder, readable by its owner alone because records in it hold credentials, and returns its path. */
export async function ensureStateDirectory(): Promise<string> {
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  return stateDirectory;
}
