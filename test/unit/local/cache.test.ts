import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ensureCacheEntry } from '../../../local/cache.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tenantry-cache-'));
});
afterEach(() => rm(directory, { recursive: true }));

const build = (content: string) => async (unfinished: string) => {
  await mkdir(unfinished);
  await writeFile(join(unfinished, 'content'), content);
};
const contentOf = (path: string) => readFile(join(path, 'content'), 'utf8');

test('an entry is built once and found from then on', async () => {
  const first = await ensureCacheEntry({ directory, kind: 'venv', hash: 'a' }, build('first'));
  const second = await ensureCacheEntry({ directory, kind: 'venv', hash: 'a' }, build('second'));
  expect([second, await contentOf(second)]).toEqual([first, 'first']);
});

test('of builders that run at once one wins, all get the whole entry, and nothing else stays', async () => {
  const contents = ['one', 'two', 'three'];
  const paths = await Promise.all(contents.map((content) => ensureCacheEntry({ directory, kind: 'venv', hash: 'a' }, build(content))));
  expect(new Set(paths).size).toBe(1);
  expect(contents).toContain(await contentOf(paths[0] as string));
  expect(await readdir(directory)).toEqual(['venv-a']);
});

test('a build that fails leaves nothing, and the next one tries again', async () => {
  const failing = async (unfinished: string) => {
    await build('half')(unfinished);
    throw new Error('no network');
  };
  await expect(ensureCacheEntry({ directory, kind: 'venv', hash: 'a' }, failing)).rejects.toThrow('no network');
  expect(await readdir(directory)).toEqual([]);
  expect(await contentOf(await ensureCacheEntry({ directory, kind: 'venv', hash: 'a' }, build('whole')))).toBe('whole');
});

test('entries of the same kind that nothing used for a week are removed; others stay', async () => {
  const eightDaysAgo = new Date(Date.now() - 8 * 24 * 60 * 60 * 1000);
  for (const name of ['venv-unused', 'venv-used', 'stack.json', 'cdk.out-unused']) {
    await build('old')(join(directory, name));
    if (name !== 'venv-used') await utimes(join(directory, name), eightDaysAgo, eightDaysAgo);
  }
  await ensureCacheEntry({ directory, kind: 'venv', hash: 'new' }, build('new'));
  expect((await readdir(directory)).toSorted()).toEqual(['cdk.out-unused', 'stack.json', 'venv-new', 'venv-used']);
});

test('using an old entry keeps it', async () => {
  const path = await ensureCacheEntry({ directory, kind: 'venv', hash: 'a' }, build('kept'));
  const eightDaysAgo = new Date(Date.now() - 8 * 24 * 60 * 60 * 1000);
  await utimes(path, eightDaysAgo, eightDaysAgo);
  expect(await contentOf(await ensureCacheEntry({ directory, kind: 'venv', hash: 'a' }, build('other')))).toBe('kept');
});
