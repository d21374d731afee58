import { expect, test } from '@jest/globals';
import { projectFile } from '../support/markdown.ts';

/** Each test that the threat model names, as a link to its file and its title in quotation marks. */
const quoted = [...projectFile('docs/threat-model.md').matchAll(/\]\(\.\.\/(test\/[^)]+)\) “([^”]+)”/g)].map(([, file, title]) => ({
  file: file as string,
  title: title as string,
}));
/** Every row of its tables of defences. */
const rows = projectFile('docs/threat-model.md').match(/^\| (?!attack )[^-].*\|$/gm) ?? [];

test('each defence of the threat model names a test', () => {
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) expect(row).toMatch(/\]\(\.\.\/test\/[^)]+\) “/);
});

test.each(quoted)('$file has the test “$title”', ({ file, title }) => {
  // In the source a title stands in quotation marks of one of three kinds.
  const titles = [...projectFile(file).matchAll(/(['"`])((?:(?!\1)[^\\\n]|\\.)+)\1/g)].map(([, , found]) => found);
  expect(titles).toContain(title);
});
