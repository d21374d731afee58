interface Task {
  readonly TimeoutSeconds?: number;
  readonly Retry: readonly Record<string, unknown>[];
}

/** The longest that a retrier waits altogether, in seconds. */
export function waitsSeconds(retrier: Record<string, unknown>): number {
  const {
    MaxAttempts = 0,
    IntervalSeconds = 1,
    BackoffRate = 2,
    MaxDelaySeconds = Number.POSITIVE_INFINITY,
  } = retrier as Record<string, number>;
  let seconds = 0;
  for (let retry = 0; retry < MaxAttempts; retry += 1) seconds += Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** retry);
  return seconds;
}

/** The longest that a Task takes until it gives up, in seconds: each retrier counts its own tries (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html). */
export function triesSeconds({ TimeoutSeconds = Number.POSITIVE_INFINITY, Retry }: Task): number {
  const tries = 1 + Retry.reduce((sum, { MaxAttempts }) => sum + (MaxAttempts as number), 0);
  return tries * TimeoutSeconds + Retry.reduce((sum, retrier) => sum + waitsSeconds(retrier), 0);
}
