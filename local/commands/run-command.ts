import { constants } from 'node:os';
import { StartProblem } from '../start-problem.ts';

/** The exit code of a process that a signal ended, by the shells' convention. */
const exitCodeOf = (name: 'SIGINT' | 'SIGTERM' | 'SIGHUP') => 128 + constants.signals[name];

/**
 * Runs a command to its end. Its signal is aborted by Ctrl-C, SIGTERM and a closed terminal, once: who asks twice does not want to wait.
 * The command returns its exit code. What a person can mend is printed as one line, a defect with its stack.
 */
export async function runCommand(command: (interruption: AbortSignal) => Promise<number>): Promise<void> {
  const interruption = new AbortController();
  let interruptedExitCode = exitCodeOf('SIGINT');
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      // MiniStack sees the closed pipe and ends on its own.
      if (interruption.signal.aborted) process.exit(exitCodeOf(name));
      interruptedExitCode = exitCodeOf(name);
      interruption.abort();
    });
  }
  try {
    process.exitCode = await command(interruption.signal);
  } catch (error) {
    if (interruption.signal.aborted) {
      process.exitCode = interruptedExitCode;
      return;
    }
    console.error(error instanceof StartProblem ? error.message : error);
    process.exitCode = 1;
  }
}
