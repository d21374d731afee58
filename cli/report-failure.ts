import { CommanderError } from 'commander';
import { CommandFailure, type ExitCode, exitCodes } from './failure.ts';
import { plain } from './output.ts';

/** Says on standard error why a command ended, as words or as one JSON document. Returns the exit code. */
export function reportFailure(error: unknown, json: boolean): ExitCode {
  // Help and version were asked for and are printed already.
  if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done;
  if (error instanceof CommanderError && error.code === 'commander.help') return exitCodes.usage;
  const failure = failureOf(error);
  process.stderr.write(`${json ? JSON.stringify({ error: documentOf(failure) }) : wordsOf(failure).join('\n')}\n`);
  if (process.env['TENANTRY_DEBUG']) process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return failure.exitCode;
}

function failureOf(error: unknown): CommandFailure {
  if (error instanceof CommandFailure) return error;
  if (error instanceof CommanderError) {
    return new CommandFailure(exitCodes.usage, error.message.replace(/^error: /, ''), [
      'See "tenantry --help" or "tenantry <command> --help".',
    ]);
  }
  const message = error instanceof Error ? error.message : String(error);
  return new CommandFailure(exitCodes.refused, `Something unforeseen happened: ${message}`, [
    'Set TENANTRY_DEBUG=1 and run the command again to see where.',
  ]);
}

function documentOf({ exitCode, message, next, problem }: CommandFailure): object {
  return { exitCode, message, next, ...(problem ? { problem } : {}) };
}

function wordsOf({ message, next, problem }: CommandFailure): string[] {
  const fields = (problem?.errors ?? []).map((each) => `  ${each.field}: ${each.message}. ${each.remedy}`);
  return [`tenantry: ${message}`, ...fields, ...next.map((each) => `  ${each}`)].map(plain);
}
