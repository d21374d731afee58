import { spawn } from 'node:child_process';

/** How a process ended: its exit code (null if a signal ended it) and what it wrote, standard output and error interleaved in `output`. */
export type ProcessResult = { exitCode: number | null; standardOutput: string; output: string };

/** Settings of a process: working folder, environment (the caller's when absent) and a signal that kills it. */
export type ProcessOptions = { cwd?: string; environment?: NodeJS.ProcessEnv; signal?: AbortSignal | undefined };

/** Runs a command to its end without a shell. Rejects only if it cannot be started (ENOENT) or was aborted; then all that it started ends too. */
export function runProcess(command: string, commandArguments: string[], options: ProcessOptions = {}): Promise<ProcessResult> {
  return new Promise((resolve, reject) => {
    options.signal?.throwIfAborted();
    const child = spawn(command, commandArguments, {
      cwd: options.cwd,
      env: options.environment ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, which can be ended as a whole: pip and the CDK start processes themselves.
      detached: true,
    });
    const end = () => {
      if (child.pid) process.kill(-child.pid, 'SIGKILL');
    };
    options.signal?.addEventListener('abort', end, { once: true });
    let standardOutput = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      standardOutput += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', reject);
    child.on('close', (exitCode) => {
      options.signal?.removeEventListener('abort', end);
      if (options.signal?.aborted) reject(options.signal.reason);
      else resolve({ exitCode, standardOutput, output });
    });
  });
}

/** The last lines of a text, for showing why something ended. */
export function lastLines(text: string, count = 20): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
