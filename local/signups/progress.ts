import { labelOf, type SignupLine } from './signup-file.ts';

/** Where progress is shown: a stream, such as standard output, that may be a terminal of so many rows. */
export type ProgressOutput = { isTTY?: boolean; rows?: number; write(text: string): unknown };

/** Is told what signups come to. */
export type ShowChange = (line: SignupLine, state: string) => void;

const clearRow = '\u001b[2K';
/** Names are of any width on a terminal: a row that is too long is cut by it, because a second row would shift the table. */
const withoutWrapping = (text: string) => `\u001b[?7l${text}\u001b[?7h`;
const rowsUp = (count: number) => `\u001b[${count}A`;
/** As wide as the longest name of a step behind the status. */
const stateColumns = 'PROVISIONING: Emit tenant provisioned'.length;

/**
 * Shows what signups come to. On a terminal that has room for it, all signups are a table that is drawn over; elsewhere each change is a
 * line, so that logs keep it.
 */
export function showProgress(output: ProgressOutput, lines: SignupLine[]): ShowChange {
  const row = (line: SignupLine, state: string) =>
    `${String(line.lineNumber).padStart(4)}  ${state.padEnd(stateColumns)}  ${labelOf(line)}\n`;
  if (!output.isTTY || (output.rows ?? 0) <= lines.length) return (line, state) => output.write(row(line, state));
  const states = new Map<SignupLine, string>();
  return (changed, state) => {
    const up = states.size > 0 ? rowsUp(lines.length) : '';
    states.set(changed, state);
    output.write(withoutWrapping(up + lines.map((line) => clearRow + row(line, states.get(line) ?? '')).join('')));
  };
}
