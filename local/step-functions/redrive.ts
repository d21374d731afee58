import type { Execution } from './execution.ts';
import { mostHistoryEvents } from './history.ts';

const dayMilliseconds = 24 * 60 * 60 * 1000;
/** "The redrivable period" of https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html */
const redrivablePeriodMilliseconds = 14 * dayMilliseconds;
/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const longestExecutionMilliseconds = 365 * dayMilliseconds;

/**
 * Why an execution cannot be redriven now, in AWS's words, or undefined when it can.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
 */
export function notRedrivableReason(execution: Execution, now: number): string | undefined {
  const { status, stopDate } = execution;
  if (status === 'RUNNING' || status === 'SUCCEEDED') return `Execution is ${status} and cannot be redriven`;
  // A redrive needs a place for ExecutionRedriven and for one more event.
  if (execution.history.length >= mostHistoryEvents - 1) return 'Execution history event limit exceeded';
  if (now - execution.startDate >= longestExecutionMilliseconds) return 'Execution has exceeded the max execution time';
  if (stopDate !== undefined && now - stopDate > redrivablePeriodMilliseconds) return 'Execution redrivable period exceeded';
  return undefined;
}

const tokenLifeMilliseconds = 15 * 60 * 1000;
const mostTokens = 10;

/** The date of the redrive that this client token caused: the last 10 tokens answer again for 15 minutes. */
export function redriveByToken(execution: Execution, token: string, now: number): number | undefined {
  return execution.redriveTokens.find((known) => known.token === token && now - known.date <= tokenLifeMilliseconds)?.date;
}

/** Remembers the token of a redrive. */
export function rememberRedriveToken(execution: Execution, token: string, date: number): void {
  execution.redriveTokens = [...execution.redriveTokens, { token, date }].slice(-mostTokens);
}
