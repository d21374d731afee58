import type { FindingKind } from '../../contracts/findings.ts';
import type { FailureClass, StepName } from '../../contracts/steps.ts';
import type { Failure } from './errors.ts';
import { classOfName, failureOf } from './errors.ts';
import type { StepRecord, Tenant } from './tenants.ts';

/* What can be said of a run that has ended without success, from outside: by what Step Functions tells of its execution. */

/** How an execution ends when it does not succeed: https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html */
export type BadEnd = 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export const kindOfEnd = { FAILED: 'RunFailed', TIMED_OUT: 'RunTimedOut', ABORTED: 'RunAborted' } as const satisfies Record<
  BadEnd,
  FindingKind
>;

/** Errors by which Step Functions and Lambda say that a Task got no answer: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html */
const unanswered =
  /^(States\.Timeout|States\.HeartbeatTimeout|States\.TaskFailed|Sandbox\.Timedout|Lambda\.(Unknown|ServiceException|AWSLambdaException|SdkClientException|ClientExecutionTimeoutException|TooManyRequestsException))$/;
/** What stands for the error of an execution that tells none. */
const unnamed = /^Execution(FAILED|TIMED_OUT|ABORTED|Lost)$/;
/** An error's name and nothing else: an execution's error is whatever a handler threw, and may be anything. */
const errorName = (error: string | undefined) => (error && /^[A-Za-z][\w.]{0,99}$/.test(error) ? error : undefined);

const reasons = {
  ABORTED: 'The setup was stopped by hand.',
  TIMED_OUT: 'The setup took longer than it may, and was cut off.',
  FAILED: 'This step ended without saying why.',
} as const satisfies Record<BadEnd, string>;

function classOf(end: BadEnd, error: string | undefined): FailureClass {
  if (end !== 'FAILED') return 'retry';
  if (!error) return 'bug';
  return unanswered.test(error) ? 'retry' : classOfName(error);
}

/** @returns whether nobody has said that the step's function has ended: it had no answer, and what is recorded was told from outside */
export const endIsUnknown = ({ state, failure }: StepRecord): boolean =>
  state === 'RUNNING' || (failure !== undefined && (unanswered.test(failure.error) || unnamed.test(failure.error)));

/** @returns why a step failed that did not say so itself, in words that the customer may read */
export function failureFromOutside(end: BadEnd, error: string | undefined): Failure {
  const failureClass = classOf(end, error);
  return {
    ...failureOf(failureClass),
    nextAction: 'Nothing: our operators look into it and go on from this step.',
    reason: reasons[end],
    error: errorName(error) ?? `Execution${end}`,
  };
}

/**
 * The record of a step that said nothing of its end, or not even of its start, as it is when its execution has ended. Without a redrive count there is no execution any more, and nothing has
 * gone on.
 * @returns undefined when the record says it already, or a later redrive has gone on with it
 */
export function recordFromOutside(
  run: NonNullable<Tenant['run']>,
  step: StepName,
  seen: StepRecord | undefined,
  { failure, redriveCount, now }: { readonly failure: Failure; readonly redriveCount?: number; readonly now: string },
): StepRecord | undefined {
  const { runId, generation } = run;
  if (seen && (seen.state === 'SUCCEEDED' || seen.state === 'FAILED')) return undefined;
  if (seen && (seen.generation > generation || (seen.generation === generation && seen.redriveCount > (redriveCount ?? seen.redriveCount))))
    return undefined;
  const unstarted: Omit<StepRecord, 'state'> = {
    step,
    runId,
    generation,
    attempt: seen?.attempt ?? 0,
    redriveCount: redriveCount ?? 0,
    retryCount: 0,
    startedAt: now,
  };
  return { ...(seen?.state === 'RUNNING' ? seen : unstarted), state: 'FAILED', endedAt: now, failure };
}
