import { runtime } from './runtime.ts';

/* How a step waits for something outside: it is asked again after a while, see docs/decisions/waiting-inside-one-step.md. */

const shortestWaitSeconds = 2;
const longestWaitSeconds = 30;

/** @returns for how long an attempt has gone on that started at this instant */
export const secondsSince = (startedAt: string) => (runtime.now().getTime() - Date.parse(startedAt)) / 1_000;

/** A quarter of the time that it has taken so far: soon at first, and never much later than needed. */
export const askAgainSeconds = (startedAt: string) =>
  Math.round(Math.min(longestWaitSeconds, Math.max(shortestWaitSeconds, secondsSince(startedAt) / 4)));
