import { InvalidArgumentError } from 'commander';

/** Reads the value of an option that is a number of seconds. */
export function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0) || value > 30 * 86_400)
    throw new InvalidArgumentError('It must be a number of seconds, more than 0 and at most 30 days.');
  return value;
}

/** Examples below the help of a command. */
export const examples = (...lines: string[]) => `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
