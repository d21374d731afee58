import { dataLimitBytes, exceedsDataLimit, type Json } from './json.ts';

/**
 * An error of a workflow, with the name that `Retry` and `Catch` match on.
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
export class StatesError extends Error {
  readonly reason: string;
  /** The field whose expression failed, for the history's `EvaluationFailed`. */
  readonly location: string | undefined;

  constructor(name: string, reason: string, location?: string) {
    super(`${name}: ${reason}`);
    this.name = name;
    this.reason = reason;
    this.location = location;
  }
}

/** Turns whatever a task threw into an error of a workflow: its name and its message are kept. */
export function toStatesError(error: unknown): StatesError {
  if (error instanceof StatesError) return error;
  if (error instanceof Error) return new StatesError(error.name, error.message);
  return new StatesError('States.TaskFailed', String(error));
}

/**
 * The JSON text of a value that goes from or to a state. Throws `States.DataLimitExceeded` beyond 256 KiB.
 * https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
export function limitedText(value: Json, what: string): string {
  const text = JSON.stringify(value);
  if (!exceedsDataLimit(text)) return text;
  throw new StatesError('States.DataLimitExceeded', `${what} exceeds the maximum number of bytes service limit (${dataLimitBytes}).`);
}
