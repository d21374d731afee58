import type { Json, JsonObject } from './json.ts';

/**
 * The part of the Amazon States Language that the engine runs: JSONata only.
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
 */
export interface StateMachineDefinition extends StateGroup {
  readonly Comment?: string;
  readonly QueryLanguage?: 'JSONata';
  readonly TimeoutSeconds?: number;
  readonly Version?: string;
}

/** States that lead to each other: a state machine, a branch of a Parallel or the processor of a Map. */
export interface StateGroup {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** A number or a `{% … %}` expression that yields one. */
export type NumberExpression = number | string;

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL' | 'NONE';
}

/** What a state (or a choice, or a catcher) hands on. */
export interface Outcome {
  readonly Output?: Json;
  readonly Assign?: JsonObject;
}

export interface Catcher extends Outcome {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
}

interface Continuing extends Outcome {
  readonly Comment?: string;
  readonly Next?: string;
  readonly End?: boolean;
}

interface Failing {
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
}

export interface TaskState extends Continuing, Failing {
  readonly Type: 'Task';
  readonly Resource: string;
  readonly Arguments?: Json;
  readonly TimeoutSeconds?: NumberExpression;
  readonly HeartbeatSeconds?: NumberExpression;
}

export interface ParallelState extends Continuing, Failing {
  readonly Type: 'Parallel';
  readonly Branches: readonly StateGroup[];
  readonly Arguments?: Json;
}

export interface MapState extends Continuing, Failing {
  readonly Type: 'Map';
  readonly ItemProcessor: StateGroup;
  readonly Items?: Json;
  readonly ItemSelector?: Json;
  readonly MaxConcurrency?: NumberExpression;
}

export interface PassState extends Continuing {
  readonly Type: 'Pass';
}

export interface WaitState extends Continuing {
  readonly Type: 'Wait';
  readonly Seconds?: NumberExpression;
  readonly Timestamp?: string;
}

export interface ChoiceRule extends Outcome {
  readonly Condition: string | boolean;
  readonly Next: string;
}

export interface ChoiceState extends Outcome {
  readonly Type: 'Choice';
  readonly Comment?: string;
  readonly Choices: readonly ChoiceRule[];
  readonly Default?: string;
}

export interface SucceedState extends Outcome {
  readonly Type: 'Succeed';
  readonly Comment?: string;
}

export interface FailState {
  readonly Type: 'Fail';
  readonly Comment?: string;
  readonly Error?: string;
  readonly Cause?: string;
}

export type State = TaskState | ParallelState | MapState | PassState | WaitState | ChoiceState | SucceedState | FailState;

/** The state of that name; a missing one is an error of ours, because a definition is validated before it runs. */
export function stateNamed(group: StateGroup, name: string): State {
  const state = group.States[name];
  if (!state) throw new Error(`There is no state "${name}".`);
  return state;
}
