/**
 * Something on this machine that a person has to mend: its message is one line, what is wrong and then what to do.
 * Commands print the message alone; any other error is a defect and is printed with its stack.
 */
export class StartProblem extends Error {
  override name = 'StartProblem';

  constructor(problem: string, remedy: string) {
    super(`${problem} ${remedy}`);
  }
}
