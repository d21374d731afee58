import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder `<kind>-<hash>` in `directory` that is made from what the hash is of. */
export type CacheEntry = { directory: string; kind: string; hash: string };

const keptUnusedMilliseconds = 7 * 24 * 60 * 60 * 1000;

/**
 * Makes a cache entry unless it is there: `build` fills a folder beside it, which is renamed when complete. Two processes may do so at
 * once: the first rename wins and the other's work is dropped. Entries of the same kind that nothing used for a week are removed; the week
 * keeps a stack that is up in another terminal, on another branch, from losing its files. Returns the entry's path.
 */
export async function ensureCacheEntry(entry: CacheEntry, build: (unfinished: string) => Promise<void>): Promise<string> {
  const path = join(entry.directory, `${entry.kind}-${entry.hash}`);
  if (!(await exists(path))) {
    await mkdir(entry.directory, { recursive: true, mode: 0o700 });
    const unfinished = `${path}.unfinished-${randomUUID()}`;
    try {
      await build(unfinished);
      await renameUnlessPresent(unfinished, path);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }
  await utimes(path, new Date(), new Date());
  await pruneUnused(entry);
  return path;
}

async function renameUnlessPresent(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!(await exists(to))) throw error;
  }
}

async function pruneUnused({ directory, kind }: CacheEntry): Promise<void> {
  const oldest = Date.now() - keptUnusedMilliseconds;
  for (const name of await readdir(directory)) {
    if (!name.startsWith(`${kind}-`)) continue;
    const usedAt = await stat(join(directory, name)).catch(() => undefined);
    if (usedAt && usedAt.mtimeMs < oldest) await rm(join(directory, name), { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
