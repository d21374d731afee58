import { randomUUID } from 'node:crypto';

/**
 * Where handlers take time and new ids from. A test or a simulation replaces the functions, so that a seed fixes a whole run;
 * nothing else in the handlers reads the clock or makes ids.
 */
export const runtime = {
  now: (): Date => new Date(),
  newId: (): string => randomUUID(),
  random: (): number => Math.random(),
  pause: (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** The current instant: RFC 3339 in UTC with milliseconds. */
export const instant = (date: Date = runtime.now()): string => date.toISOString();
