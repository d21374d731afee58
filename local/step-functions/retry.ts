import type { Catcher, Retrier } from './definition.ts';
import type { RandomSource } from './random.ts';

/** Errors that `States.ALL` does not stand for. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html */
const terminalErrors = new Set(['States.Runtime', 'States.DataLimitExceeded']);

/** A missed heartbeat is one of the two ways in which a task times out. */
const timeoutErrors = new Set(['States.Timeout', 'States.HeartbeatTimeout']);

/** Whether `ErrorEquals` names this error. */
function matchesError(errorEquals: readonly string[], errorName: string): boolean {
  // "A States.Runtime error isn't retriable, and will always cause the execution to fail."
  if (errorName === 'States.Runtime') return false;
  return errorEquals.some((pattern) => {
    if (pattern === errorName) return true;
    if (pattern === 'States.ALL') return !terminalErrors.has(errorName);
    if (pattern === 'States.TaskFailed') return !terminalErrors.has(errorName) && !timeoutErrors.has(errorName);
    if (pattern === 'States.Timeout') return timeoutErrors.has(errorName);
    return false;
  });
}

/** The first catcher for this error. */
export function catcherFor(catchers: readonly Catcher[] = [], errorName: string): Catcher | undefined {
  return catchers.find((catcher) => matchesError(catcher.ErrorEquals, errorName));
}

/**
 * Milliseconds to wait before the next attempt, or undefined when there is none. The first retrier that names the error decides, and its attempt
 * is counted in `counts`.
 */
export function nextRetryDelay(
  retriers: readonly Retrier[] = [],
  counts: number[],
  errorName: string,
  random: RandomSource,
): number | undefined {
  const index = retriers.findIndex((retrier) => matchesError(retrier.ErrorEquals, errorName));
  const retrier = retriers[index];
  if (!retrier) return undefined;
  const used = counts[index] ?? 0;
  if (used >= (retrier.MaxAttempts ?? 3)) return undefined;
  counts[index] = used + 1;
  return retryDelay(retrier, used, random);
}

/** Milliseconds before the attempt that follows so many used ones. */
export function retryDelay(retrier: Retrier, usedAttempts: number, random: RandomSource): number {
  const grown = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** usedAttempts;
  const seconds = Math.min(grown, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
  return (retrier.JitterStrategy === 'FULL' ? random.number() * seconds : seconds) * 1000;
}

/** How often the current state has been tried again. */
export function totalRetries(counts: readonly number[]): number {
  let total = 0;
  for (const count of counts) total += count ?? 0;
  return total;
}
