import type { StateMachineDefinition } from './definition.ts';
import type { Frame } from './frame.ts';
import type { History } from './history.ts';
import type { Json } from './json.ts';

/** A state machine as an execution pins it: later updates do not reach the execution. */
export interface StateMachine {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  readonly definition: StateMachineDefinition;
  /** Set when the execution was started through a version or an alias. */
  readonly versionArn?: string | undefined;
  readonly aliasArn?: string | undefined;
}

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** One execution. Dates are in milliseconds since the epoch; the texts are JSON. */
export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly stateMachine: StateMachine;
  readonly input: Json;
  readonly inputText: string;
  readonly startDate: number;
  readonly history: History;
  status: ExecutionStatus;
  stopDate: number | undefined;
  outputText: string | undefined;
  error: string | undefined;
  cause: string | undefined;
  redriveCount: number;
  redriveDate: number | undefined;
  /** What a redrive goes on from; nothing is kept of an execution that succeeded. */
  resumeFrom: Frame | undefined;
  /** The newest client tokens that redrove this execution, and when: https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html */
  redriveTokens: { readonly token: string; readonly date: number }[];
}
