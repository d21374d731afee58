import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import manifest from '../../package.json' with { type: 'json' };
import { projectFile } from '../support/markdown.ts';

const top = fileURLToPath(new URL('../../', import.meta.url));
const left = /(^|\/)(node_modules|cdk\.out|\.local|\.git|__pycache__|generated)$/;
const files = globSync(['**/*.{ts,js,md,py}', '.ci/run'], { cwd: top, exclude: (path) => left.test(path) });

/** Every `npm run <script>` that documents, help texts, comments and messages tell people to run. */
const told = [
  ...new Set(files.flatMap((file) => [...projectFile(file).matchAll(/npm run ([a-z][\w:-]*)/g)].map(([, name]) => name as string))),
];

test('documents and programs tell people to run scripts', () => {
  expect(told).toEqual(expect.arrayContaining(['local', 'lint', 'acceptance']));
});

test.each(told)('npm run %s is a script of package.json', (name) => {
  expect(Object.keys(manifest.scripts)).toContain(name);
});
