import type { DescribeExecutionCommandOutput } from '@aws-sdk/client-sfn';
import { environment } from './environment.ts';
import { endIsUnknown } from './run-end.ts';
import type { StepRecord } from './tenants.ts';
import { secondsSince } from './waiting.ts';

/** Clocks differ. */
const marginSeconds = 5;

/** @returns after how many seconds no function can be under way any more that was then; 0 or less: none is */
export const secondsUntilEnded = (then: string): number =>
  Math.ceil(Number(environment('STEP_TIMEOUT_SECONDS')) + marginSeconds - secondsSince(then));

/** An attempt before this one may have been cut off and still be under way, however this one ended. */
const isRepeated = ({ state, attempt }: StepRecord) => state !== 'WAITING' && attempt > 1;

/**
 * @returns after how many seconds no step of an execution that has ended can be under way any more; 0: none is. One that was stopped from outside has cut off what was under way, and so has a
 * step whose record says of no end, or of one that was only told from outside.
 */
export function secondsUntilQuiet(
  execution: Pick<DescribeExecutionCommandOutput, 'status' | 'stopDate'> | undefined,
  steps: readonly StepRecord[],
): number {
  const stopped = execution?.status === 'ABORTED' || execution?.status === 'TIMED_OUT' ? execution.stopDate?.toISOString() : undefined;
  const begun = steps.filter((step) => endIsUnknown(step) || isRepeated(step)).map(({ startedAt }) => startedAt);
  return Math.max(0, ...[...(stopped ? [stopped] : []), ...begun].map(secondsUntilEnded));
}
