import { expect, test } from '@jest/globals';
import { showProgress } from '../../../../local/signups/progress.ts';
import { parseSignups } from '../../../../local/signups/signup-file.ts';

const lines = parseSignups(
  ['Example Bakery', 'Happy Paws']
    .map((organisationName) => JSON.stringify({ request: { organisationName }, expect: { http: 202 } }))
    .join('\n'),
  'own.jsonl',
);
const [bakery, paws] = lines as [(typeof lines)[number], (typeof lines)[number]];

/** What a terminal shows after what was written to it: rows, with moves up and cleared rows carried out. */
function screenOf(written: string): string[] {
  const rows: string[] = [];
  let at = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's sequences begin with one.
  for (const [piece] of written.matchAll(/\u001b\[\??\d+[a-zA-Z]|\n|[^\u001b\n]+/g)) {
    if (piece === '\n') at += 1;
    else if (piece.endsWith('A')) at -= Number.parseInt(piece.slice(2), 10);
    else if (piece === '\u001b[2K') rows[at] = '';
    else if (!piece.startsWith('\u001b')) rows[at] = `${rows[at] ?? ''}${piece}`;
  }
  return rows.map((row) => row.replace(/\s+/g, ' ').trim());
}

function show(terminal: { isTTY?: boolean; rows?: number }): string {
  let written = '';
  const change = showProgress({ ...terminal, write: (text: string) => (written += text) }, lines);
  change(bakery, 'PENDING');
  change(paws, 'PENDING');
  change(bakery, 'PROVISIONING: Test tenant');
  change(bakery, 'ACTIVE');
  return written;
}

test('a terminal shows each signup once, with its latest state', () => {
  expect(screenOf(show({ isTTY: true, rows: 24 }))).toEqual(['1 ACTIVE Example Bakery', '2 PENDING Happy Paws']);
});

test.each([
  ['a log', {}],
  ['a terminal with less rows than signups', { isTTY: true, rows: 2 }],
])('%s shows each change as a line, and no control sequences', (_name, terminal) => {
  const written = show(terminal);
  expect(written).not.toContain('\u001b');
  expect(screenOf(written)).toEqual([
    '1 PENDING Example Bakery',
    '2 PENDING Happy Paws',
    '1 PROVISIONING: Test tenant Example Bakery',
    '1 ACTIVE Example Bakery',
  ]);
});
