import { existsSync, globSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { headingAnchors, projectFile, withoutCode } from '../support/markdown.ts';

const top = fileURLToPath(new URL('../../', import.meta.url));
const documents = globSync('**/*.md', { cwd: top, exclude: (path) => /(^|\/)(node_modules|cdk\.out|\.local)$/.test(path) }).sort();

/** Every link of a document that leads into the project: the file, from the top, and the anchor. */
const links = documents.flatMap((document) =>
  [...withoutCode(projectFile(document)).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target as string)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor] = target.split('#');
      return { document, target, file: path ? normalize(join(dirname(document), path)) : document, anchor };
    }),
);

test('the documents link to one another', () => {
  expect(documents).toContain('README.md');
  expect(links.length).toBeGreaterThan(0);
});

test.each(links)('$document links to $target, which exists', ({ file, anchor }) => {
  expect(existsSync(join(top, file))).toBe(true);
  if (anchor !== undefined) expect(headingAnchors(projectFile(file))).toContain(anchor);
});
