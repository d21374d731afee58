import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const top = fileURLToPath(new URL('../../', import.meta.url));
const left = /(^|\/)(node_modules|cdk\.out|\.local|\.git|__pycache__|generated)$/;
const files = globSync('**/*.{ts,js,json,md,py,sh,yml,yaml,toml,txt,in}', { cwd: top, exclude: (path) => left.test(path) })
  .filter((file) => file !== 'package-lock.json')
  .sort();
const written = files.filter((file) => /\.(ts|js|py)$/.test(file));
const text = (file: string) => readFileSync(`${top}${file}`, 'utf8');

/** Above it, a file does more than one thing. */
const lineLimit = 400;

test(`no file has more than ${lineLimit} lines`, () => {
  const lines = (file: string) => text(file).split('\n').length - 1;
  expect(written.length).toBeGreaterThan(100);
  expect(written.filter((file) => lines(file) > lineLimit)).toEqual([]);
});

test('no file names a place that only one machine has', () => {
  // Written in parts, so that this file does not name them either.
  const places = ['/wo' + 'rk/', '/ho' + 'me/', '/Us' + 'ers/', '/ro' + 'ot/', 'C:' + '\\'];
  expect(files.filter((file) => places.some((place) => text(file).includes(place)))).toEqual([]);
});

test('what is left to do stands in no comment', () => {
  const marks = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`);
  expect(written.filter((file) => marks.test(text(file)))).toEqual([]);
});

test('no test is skipped without a condition, and none runs alone', () => {
  const tests = written.filter((file) => file.endsWith('.test.ts') && !file.endsWith('tidy/files.test.ts'));
  expect(tests.filter((file) => /^\s*((test|describe|it)\.(skip|only|todo)\b|x(test|it|describe)\()/m.test(text(file)))).toEqual([]);
});
