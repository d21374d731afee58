import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { expectedStatus, labelOf, parseSignups } from '../../../../local/signups/signup-file.ts';

const request = { organisationName: 'Example Bakery', slug: 'example-bakery' };
const accepted = { request, payment: 'none', expect: { http: 202, status: 'ACTIVE' } };
const file = (...lines: unknown[]) => lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
const first = (...lines: unknown[]) => {
  const [line] = parseSignups(file(...lines), 'own.jsonl');
  if (!line) throw new Error('No line was read.');
  return line;
};

describe('a file of signups', () => {
  test('is read line by line, with the place of each; empty lines and Windows line ends do not matter', () => {
    const lines = parseSignups(`${file(accepted)}\r\n\r\n${file(accepted)}\n`, 'own.jsonl');
    expect(lines.map(({ lineNumber, request: read }) => [lineNumber, read])).toEqual([
      [1, request],
      [3, request],
    ]);
  });

  test('may send a body that is no JSON, and leave a header out', () => {
    const line = first({ request: '{"cut', headers: { 'Idempotency-Key': null }, expect: { http: 400, problem: 'malformed-body' } });
    expect([line.request, line.headers, line.payment]).toEqual(['{"cut', { 'Idempotency-Key': null }, 'none']);
  });

  test.each(['slug-taken', 'urn:problem-type:tenantry:slug-taken'])('may name a problem as %s', (problem) => {
    expect(first({ request, expect: { http: 409, problem } }).expect.problem).toBe('slug-taken');
  });

  test.each([
    ['no JSON', '{"request":', 'is not JSON'],
    ['no request', { expect: { http: 202 } }, 'request:'],
    ['a misspelt field', { ...accepted, expects: {} }, 'expects'],
    ['an unknown payment', { ...accepted, payment: 'maybe' }, 'payment:'],
    ['an unknown status', { request, expect: { http: 202, status: 'DONE' } }, 'expect.status:'],
    ['an unknown problem', { request, expect: { http: 409, problem: 'slug-token' } }, 'expect.problem: is no kind of problem; there are'],
  ])('with %s is refused by file and line, with what to do', (_name, line, reason) => {
    const read = () => parseSignups(file(accepted, line), 'own.jsonl');
    expect(read).toThrow('own.jsonl:2: ');
    expect(read).toThrow(reason);
    expect(read).toThrow('Mend these lines: {"request"');
  });

  test('is refused with all its unreadable lines at once', () => {
    expect(() => parseSignups(file('a', accepted, 'b'), 'own.jsonl')).toThrow(/own\.jsonl:1: .*\n.*own\.jsonl:3: /);
  });

  test('without a signup is refused', () => {
    expect(() => parseSignups('\n\n', 'own.jsonl')).toThrow('own.jsonl has no signups');
  });
});

test('an accepted line that names no status means ACTIVE; a refused one means no tenant', () => {
  expect(expectedStatus(first({ request, expect: { http: 202 } }))).toBe('ACTIVE');
  expect(expectedStatus(first({ request, expect: { http: 202, status: 'PENDING' } }))).toBe('PENDING');
  expect(expectedStatus(first({ request, expect: { http: 409, status: null } }))).toBeUndefined();
});

describe('the label of a line', () => {
  const labelOfName = (organisationName: string) => labelOf(first({ ...accepted, request: { organisationName } }));

  test.each(['株式会社青空書店', 'مكتبة النور', 'Happy Paws 👩‍🔬', "O'Malley’s"])('keeps the name %s', (name) => {
    expect(labelOfName(name)).toBe(name);
  });

  test('has nothing that would disturb a terminal', () => {
    expect(labelOfName('Bell\u0007 \u001b[2J\u202eTower\u2028')).toBe('Bell� �[2J�Tower�');
  });

  test('is cut between what people see as characters', () => {
    expect(labelOfName('👩‍🔬'.repeat(50))).toBe(`${'👩‍🔬'.repeat(39)}…`);
  });

  test('is the body where that has no name', () => {
    expect(labelOf(first({ ...accepted, request: '["a list"]' }))).toBe('["a list"]');
    expect(labelOf(first({ ...accepted, request: { slug: 'nameless' } }))).toBe('{"slug":"nameless"}');
  });
});

test('the examples can be read, and use addresses of the example domains alone', () => {
  const text = readFileSync(new URL('../../../../examples/signups.jsonl', import.meta.url), 'utf8');
  const lines = parseSignups(text, 'examples/signups.jsonl');
  expect(lines.filter(({ expect: { http } }) => http === 202).length).toBeGreaterThan(5);
  for (const [, domain] of text.matchAll(/@([^"]+)"/g)) expect(domain?.toLowerCase()).toMatch(/^example\.(com|org|net)$/);
});
