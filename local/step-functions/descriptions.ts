import type { Execution } from './execution.ts';
import { notRedrivableReason } from './redrive.ts';

type Wire = Record<string, unknown>;

/** Dates go over the wire in seconds since the epoch. */
export function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}

/** An item of `ListExecutions`. */
export function executionListItem(execution: Execution): Wire {
  return {
    executionArn: execution.arn,
    stateMachineArn: execution.stateMachine.arn,
    name: execution.name,
    status: execution.status,
    startDate: seconds(execution.startDate),
    redriveCount: execution.redriveCount,
    ...optional('stopDate', execution.stopDate === undefined ? undefined : seconds(execution.stopDate)),
    ...optional('redriveDate', execution.redriveDate === undefined ? undefined : seconds(execution.redriveDate)),
    ...optional('stateMachineVersionArn', execution.stateMachine.versionArn),
    ...optional('stateMachineAliasArn', execution.stateMachine.aliasArn),
  };
}

/** The answer of `DescribeExecution`: https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html */
export function executionDescription(execution: Execution, now: number): Wire {
  const reason = notRedrivableReason(execution, now);
  return {
    ...executionListItem(execution),
    input: execution.inputText,
    inputDetails: { included: true },
    ...optional('output', execution.outputText),
    ...optional('outputDetails', execution.outputText === undefined ? undefined : { included: true }),
    ...optional('error', execution.error),
    ...optional('cause', execution.cause),
    redriveStatus: reason === undefined ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
    ...optional('redriveStatusReason', reason),
  };
}

function optional(name: string, value: unknown): Wire {
  return value === undefined ? {} : { [name]: value };
}
