import type { SignupLine } from './signup-file.ts';
import { labelOf } from './signup-file.ts';

/** Where progress is shown. */
export type ProgressOutput = { isTTY?: boolean; columns?: number; write(text: string): unknown };

/** Shows what signups do. `end` leaves the output on a line of its own. */
export type Progress = { change(line: SignupLine, state: string): void; end(): void };

const clearLine = '\r\u001b[2K';

/** On a terminal each signup has its latest state in one line that is written over; elsewhere each change is a line, so that logs keep it. */
export function showProgress(output: ProgressOutput, lines: SignupLine[]): Progress {
  if (!output.isTTY) {
    return { change: (line, state) => output.write(`${describe(line, state)}\n`), end: () => undefined };
  }
  const states = new Map<SignupLine, string>();
  return {
    change: (line, state) => {
      states.set(line, state);
      const settled = [...states.values()].filter((each) => each === 'ACTIVE' || each.startsWith('refused')).length;
      const text = `${settled} of ${lines.length} settled. ${describe(line, state)}`;
      output.write(`${clearLine}${text.slice(0, (output.columns ?? 80) - 1)}`);
    },
    end: () => output.write(clearLine),
  };
}

function describe(line: SignupLine, state: string): string {
  return `${String(line.lineNumber).padStart(3)}  ${labelOf(line)}: ${state}`;
}
