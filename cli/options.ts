import { InvalidArgumentError } from 'commander';

/** Reads the value of an option that is a number of seconds. */
export function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0) || value > 30 * 86_400)
    throw new InvalidArgumentError('It must be a number of seconds, more than 0 and at most 30 days.');
  return value;
}

/** Reads the value of an option that is a point in time. @returns it in UTC, as the API writes it */
export function instant(text: string): string {
  const withZone = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const milliseconds = Date.parse(text);
  if (!withZone || Number.isNaN(milliseconds))
    throw new InvalidArgumentError('It must be a date and a time with their zone, such as 2026-11-02T09:00:00Z.');
  return new Date(milliseconds).toISOString();
}

/** Reads the value of an option that is a rate. */
export function perMinute(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 600)
    throw new InvalidArgumentError('It must be a whole number from 1 to 600: so many a minute.');
  return value;
}

/** Examples below the help of a command. */
export const examples = (...lines: string[]) => `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
