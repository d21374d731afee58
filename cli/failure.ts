import type { Problem } from '../contracts/problem.ts';

/** What a command's exit code says; every `--help` ends with this list. */
export const exitCodes = { done: 0, refused: 1, usage: 2, notSignedIn: 3, unreachable: 4 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodesHelp = `
Exit codes:
  0  done
  1  refused or failed; what was wrong and what to do is on standard error
  2  the command line is not valid
  3  not signed in
  4  the service cannot be reached

With --json a failure is one JSON document on standard error: {"error":{"exitCode","message","next","problem"?}}.`;

/** A command that ends without having done what was asked: why, in words, and what to do next, an action an entry. */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode;
  readonly next: readonly string[];
  /** What the API answered, when the refusal is the API's. */
  readonly problem: Problem | undefined;
  constructor(exitCode: ExitCode, message: string, next: readonly string[] = [], problem?: Problem, cause?: unknown) {
    super(message, { cause });
    this.exitCode = exitCode;
    this.next = next;
    this.problem = problem;
  }
}

/** A command line that cannot be carried out as it stands. */
export const usageFailure = (message: string, ...next: string[]) => new CommandFailure(exitCodes.usage, message, next);
