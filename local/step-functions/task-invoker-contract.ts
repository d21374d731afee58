import type { Json } from './json.ts';
import type { TaskResource } from './task-resource.ts';

/** One call that a Task state makes. */
export interface TaskCall {
  readonly resource: TaskResource;
  /** The evaluated `Arguments`. */
  readonly arguments: Json;
  readonly execution: { readonly arn: string; readonly name: string; readonly stateMachineArn: string; readonly redriveCount: number };
  readonly stateName: string;
  /** Aborts when the task times out or is stopped: nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Tells that the call was taken although the task goes on: a job that is waited for has begun. */
  readonly submitted: (output: Json) => void;
}

/**
 * Makes the call and answers the task's result. An error's name is what `Retry` and `Catch` match on, and its message becomes the cause; a
 * `StatesError` says both itself.
 */
export type TaskInvoker = (call: TaskCall) => Promise<Json>;
