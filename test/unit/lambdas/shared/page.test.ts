import { expect, test } from '@jest/globals';
import { hidden, page, text } from '../../../../lambdas/shared/page.ts';

const hostile = `"><script>alert('1')</script>&lt;`;

test.each([
  ['a title', page(hostile, '')],
  ['a paragraph', text(hostile)],
  ['the value of a field', hidden('token', hostile)],
  ['the name of a field', hidden(hostile, 'x')],
])('%s from outside stays text', (_, html) => {
  expect(html).not.toContain('<script');
  expect(html).not.toContain('">alert');
  expect(html).toContain('&#34;&#62;&#60;script&#62;alert(&#39;1&#39;)&#60;/script&#62;&#38;lt;');
});
