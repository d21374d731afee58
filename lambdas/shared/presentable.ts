import { explain, PermanentError, Superseded } from './errors.ts';

/** @returns what the caller of a function sees, and Step Functions keeps for 90 days: an AWS error's name and operation, but not its message, which may quote what was sent */
export function presentable(what: string, error: unknown): Error {
  if (error instanceof PermanentError || error instanceof Superseded) return error;
  const { error: name, operation, class: failureClass } = explain(error);
  return Object.assign(new Error(`${operation ?? what} failed with ${name} (${failureClass}); the step's record says what to do.`), {
    name,
  });
}
