import { setTimeout as delay } from 'node:timers/promises';
import { CommandFailure, exitCodes } from './failure.ts';
import { printNote } from './output.ts';

/** What became of an answer: `same` waits longer each time, `changed` looks again soon, `done` ends the watch. */
export type Seen = 'same' | 'changed' | 'done';

const shortestMilliseconds = 500;
const longestMilliseconds = 5000;
const growth = 1.5;
/** Enough to sit out a restart of a proxy, few enough to notice that the service is gone. */
const mostFailuresInARow = 5;

/**
 * Reads again and again, ever more slowly while nothing changes, until `seen` says that it is done. @returns false when the time
 * ran out first. A service that does not answer for a moment is asked again, but not at the first time: then the address may be wrong.
 */
export async function watch<Answer>(
  read: () => Promise<Answer>,
  seen: (answer: Answer) => Seen,
  timeoutSeconds = Number.POSITIVE_INFINITY,
): Promise<boolean> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  let pause = shortestMilliseconds;
  let answered = false;
  let failures = 0;
  for (;;) {
    try {
      const outcome = seen(await read());
      if (outcome === 'done') return true;
      pause = outcome === 'changed' ? shortestMilliseconds : Math.min(pause * growth, longestMilliseconds);
      answered = true;
      failures = 0;
    } catch (error) {
      failures += 1;
      if (!answered || failures > mostFailuresInARow || !(error instanceof CommandFailure) || !mayPass(error)) throw error;
      printNote(`${error.message} Trying again.`);
      pause = Math.min(shortestMilliseconds * 2 ** failures, longestMilliseconds);
    }
    const remaining = deadline - Date.now();
    if (remaining <= 0) return false;
    await delay(Math.min(pause, remaining));
  }
}

function mayPass({ exitCode, problem }: CommandFailure): boolean {
  return exitCode === exitCodes.unreachable || (problem !== undefined && (problem.status === 429 || problem.status >= 500));
}
