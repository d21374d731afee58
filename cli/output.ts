import { stripVTControlCharacters, styleText } from 'node:util';

/** A JSON document on standard output. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** One line of JSON Lines on standard output. */
export function printJsonLine(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Lines of text on standard output. */
export function printLines(lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}

/** Something for the person at the terminal that is no result, on standard error. */
export function printNote(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Text of others without what a terminal would obey, such as escape sequences; line breaks stay. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Cc}\u2028\u2029]/gu, (character) => (character === '\n' ? character : ' '));
}

const colours: Record<string, 'green' | 'yellow' | 'red' | 'gray'> = {
  ACTIVE: 'green',
  SUCCEEDED: 'green',
  PENDING: 'yellow',
  PROVISIONING: 'yellow',
  RUNNING: 'yellow',
  DEPROVISIONING: 'yellow',
  FAILED: 'red',
  SUSPENDED: 'red',
  EXPIRED: 'red',
  ABANDONED: 'red',
  WAITING: 'gray',
  DEPROVISIONED: 'gray',
};

/** A status or state in its colour. `styleText` leaves it bare where standard output is no terminal or NO_COLOR is set. */
export function coloured(text: string): string {
  const colour = colours[text.trim()];
  return colour ? styleText(colour, text, { stream: process.stdout }) : text;
}

/** A table with a heading, its columns as wide as their widest cell. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map((cell) => plain(cell).replaceAll('\n', ' ')));
  const widths = headings.map((heading, column) => Math.max(heading.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const pad = (row: readonly string[]) => row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)));
  return [pad(headings).join('  '), ...cells.map((row) => pad(row).map(coloured).join('  ').trimEnd())];
}

/** Names and values below each other; those without a value are left out. */
export function facts(pairs: readonly (readonly [name: string, value: string | undefined])[]): string[] {
  const known = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined);
  const width = Math.max(...known.map(([name]) => name.length));
  return known.map(([name, value]) => `${name.padEnd(width)}  ${plain(value)}`);
}
