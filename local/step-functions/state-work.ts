import type { CancelScope } from './cancel-scope.ts';
import { contextObject } from './context-object.ts';
import type { Outcome, State } from './definition.ts';
import type { Bindings } from './expressions.ts';
import { type Frame, visibleVariables } from './frame.ts';
import type { Json } from './json.ts';
import type { Run } from './run.ts';

/** One state that is being run. */
export interface StateWork<S extends State = State> {
  readonly run: Run;
  readonly frame: Frame;
  readonly scope: CancelScope;
  readonly state: S;
}

/** How a state ends well: what its `Output` and `Assign` see, and where it leads. */
export interface Exit {
  readonly bindings: Bindings;
  /** Where `Output` and `Assign` stand: the state itself, a choice or a catcher. */
  readonly outcome: Outcome;
  /** The output where there is no `Output`. */
  readonly defaultOutput: Json;
  /** Undefined at the end of the group. */
  readonly next: string | undefined;
}

/** Runs a branch or an iteration to its end, which its frame then shows. */
export type RunFrame = (run: Run, frame: Frame, scope: CancelScope) => Promise<void>;

/** What the expressions of the current state see. */
export function bindingsOf(work: StateWork, taskToken?: string): Bindings {
  const { run, frame } = work;
  return { states: { input: frame.input, context: contextObject(run, frame, taskToken) }, variables: visibleVariables(frame) };
}

/** The same with the result of the state's own work. */
export function withResult(bindings: Bindings, result: Json): Bindings {
  return { ...bindings, states: { ...bindings.states, result } };
}
