import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('../../../../cli/tenantry.ts', import.meta.url));

const { PATH = '', NODE_COMPILE_CACHE = '' } = process.env;

export interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command line that is running. */
export interface Running {
  /** Everything that it has printed so far. */
  readonly printed: { stdout: string; stderr: string };
  /** Resolves to the match as soon as the stream has printed it; fails if the command ends before. */
  until(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray>;
  type(line: string): void;
  endInput(): void;
  interrupt(): void;
  readonly ended: Promise<Outcome>;
}

/** Starts the command line as a process of its own, with nothing of this process's environment but the PATH and where Node keeps what it has compiled. */
export function startCli(args: readonly string[], environment: Record<string, string>): Running {
  const child = spawn(process.execPath, [entry, ...args], {
    env: { PATH, NODE_COMPILE_CACHE, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A command that has ended takes no more input.
  child.stdin.on('error', () => undefined);
  const printed = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      printed[stream] += text;
    });
  }
  const ended = once(child, 'close').then(([exitCode]) => ({ exitCode, ...printed }) as Outcome);
  return {
    printed,
    until: (stream, pattern) => untilPrinted(child, printed, stream, pattern),
    type: (line) => child.stdin.write(`${line}\n`),
    endInput: () => child.stdin.end(),
    interrupt: () => child.kill('SIGINT'),
    ended,
  };
}

/** Runs the command line to its end; `input` is piped in. */
export async function runCli(args: readonly string[], environment: Record<string, string>, input = ''): Promise<Outcome> {
  const running = startCli(args, environment);
  for (const line of input.split('\n').filter(Boolean)) running.type(line);
  return running.ended;
}

async function untilPrinted(
  child: ChildProcess,
  printed: Running['printed'],
  stream: 'stdout' | 'stderr',
  pattern: RegExp,
): Promise<RegExpExecArray> {
  for (;;) {
    const match = pattern.exec(printed[stream]);
    if (match) return match;
    if (child.exitCode !== null) throw new Error(`It ended without printing ${pattern}:\n${printed.stdout}${printed.stderr}`);
    const waiting = new AbortController();
    await Promise.race([
      once(child[stream] as NodeJS.ReadableStream, 'data', { signal: waiting.signal }),
      once(child, 'close', { signal: waiting.signal }),
    ]).finally(() => waiting.abort());
  }
}
