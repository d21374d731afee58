import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { strFromU8, unzipSync } from 'fflate';
import { zipFolder } from '../../../local/publish-assets.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenantry-asset-'));
  await mkdir(join(folder, 'node_modules', 'package'), { recursive: true });
  await writeFile(join(folder, 'index.mjs'), 'export const handler = 1;');
  await writeFile(join(folder, 'node_modules', 'package', 'package.json'), '{"name":"ä"}');
});
afterEach(() => rm(folder, { recursive: true }));

test('a folder is zipped with all its files under their paths in it', async () => {
  const files = Object.entries(unzipSync(await zipFolder(folder))).map(([path, content]) => [path, strFromU8(content)]);
  expect(Object.fromEntries(files)).toEqual({
    'index.mjs': 'export const handler = 1;',
    'node_modules/package/package.json': '{"name":"ä"}',
  });
});

test('equal files make equal archives, whenever they were written', async () => {
  const before = await zipFolder(folder);
  await utimes(join(folder, 'index.mjs'), new Date(0), new Date(0));
  expect(await zipFolder(folder)).toEqual(before);
});
