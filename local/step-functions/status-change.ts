import type { Execution } from './execution.ts';
import { notRedrivableReason } from './redrive.ts';

/** Payloads beyond this are left out of the event: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
const largestPayloadBytes = 248_000;

/** The `detail` of a "Step Functions Execution Status Change" event; dates in milliseconds since the epoch. */
export interface StatusChange {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly stateMachineVersionArn: string | null;
  readonly stateMachineAliasArn: string | null;
  readonly name: string;
  readonly status: string;
  readonly startDate: number;
  readonly stopDate: number | null;
  readonly input: string | null;
  readonly inputDetails: { readonly included: boolean };
  readonly output: string | null;
  readonly outputDetails: { readonly included: boolean } | null;
  readonly error: string | null;
  readonly cause: string | null;
  readonly redriveCount: number;
  readonly redriveDate: number | null;
  readonly redriveStatus: 'REDRIVABLE' | 'NOT_REDRIVABLE';
  readonly redriveStatusReason: string | null;
}

/** What the event says of the execution as it stands. https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
export function statusChangeOf(execution: Execution, now: number): StatusChange {
  const reason = notRedrivableReason(execution, now);
  const inputIncluded = Buffer.byteLength(execution.inputText) <= largestPayloadBytes;
  const output = execution.outputText;
  const outputIncluded = output !== undefined && Buffer.byteLength(output) <= largestPayloadBytes;
  return {
    executionArn: execution.arn,
    stateMachineArn: execution.stateMachine.arn,
    stateMachineVersionArn: execution.stateMachine.versionArn ?? null,
    stateMachineAliasArn: execution.stateMachine.aliasArn ?? null,
    name: execution.name,
    status: execution.status,
    startDate: execution.startDate,
    stopDate: execution.stopDate ?? null,
    input: inputIncluded ? execution.inputText : null,
    inputDetails: { included: inputIncluded },
    output: outputIncluded ? output : null,
    outputDetails: output === undefined ? null : { included: outputIncluded },
    error: execution.error ?? null,
    cause: execution.cause ?? null,
    redriveCount: execution.redriveCount,
    redriveDate: execution.redriveDate ?? null,
    redriveStatus: reason === undefined ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
    redriveStatusReason: reason ?? null,
  };
}
