import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { hashOfSources } from '../../../local/synthesise.ts';

let checkout: string;
const write = async (path: string, content: string) => {
  await mkdir(join(checkout, path, '..'), { recursive: true });
  await writeFile(join(checkout, path), content);
};
beforeEach(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'tenantry-sources-'));
  await write('bin/app.ts', 'app');
  await write('lambdas/steps/plan-tenant.ts', 'plan');
  await write('cdk.json', '{}');
});
afterEach(() => rm(checkout, { recursive: true }));

test.each([
  ['a handler deep in its folder', () => write('lambdas/steps/plan-tenant.ts', 'another plan')],
  ['a new file', () => write('catalog/tiers.json', '[]')],
  ['a removed file', () => rm(join(checkout, 'cdk.json'))],
  ['a new name', () => rename(join(checkout, 'bin/app.ts'), join(checkout, 'bin/main.ts'))],
  ['a line moved from one file to the next', () => Promise.all([write('bin/app.ts', 'ap'), write('cdk.json', 'p{}')])],
])('%s makes another assembly', async (_name, change) => {
  const before = await hashOfSources(checkout);
  await change();
  expect(await hashOfSources(checkout)).not.toBe(before);
});

test('what no assembly is made from does not', async () => {
  const before = await hashOfSources(checkout);
  await write('README.md', 'read me');
  await write('test/unit/app.test.ts', 'test');
  expect(await hashOfSources(checkout)).toBe(before);
});
