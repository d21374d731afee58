import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { checkoutDirectory } from './checkout.ts';
import { freePort } from './free-port.ts';
import { lastLines } from './run-process.ts';
import { StartProblem } from './start-problem.ts';

const healthDeadlineMilliseconds = 120_000;
const healthPollMilliseconds = 50;

/** A MiniStack that answers. `ended` resolves when it ended without being asked to, with an error that carries the end of its log. */
export type MiniStack = { endpoint: string; logFile: string; ended: Promise<Error>; stop(): Promise<void> };

/** What MiniStack is started with. `python` is an interpreter that has it installed; `engine` serves executions of state machines. */
export type MiniStackOptions = {
  python: string;
  region: string;
  logFile: string;
  engine: { url: string; secret: string };
  signal?: AbortSignal | undefined;
};

/** Starts the patched MiniStack on a free port of 127.0.0.1 and waits until it answers. It ends with this process, however that ends. */
export async function startMiniStack(options: MiniStackOptions): Promise<MiniStack> {
  options.signal?.throwIfAborted();
  const port = await freePort();
  await mkdir(dirname(options.logFile), { recursive: true, mode: 0o700 });
  const log = openSync(options.logFile, 'w', 0o600);
  const child = spawn(options.python, ['-m', 'tenantry_ministack'], {
    env: environment(port, options),
    // Its supervisor ends everything when this pipe closes. Nothing is ever written to it.
    stdio: ['pipe', log, log],
    // In a process group of its own, Ctrl-C in the terminal reaches this process first, which then stops the parts in order.
    detached: true,
  });
  const failure = whenEnded(child, options.logFile);
  const stop = async () => {
    stopping.add(child);
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.stdin?.end();
    await once(child, 'exit');
  };
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    await Promise.race([untilHealthy(endpoint, options.signal), failure.then((error) => Promise.reject(error))]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, logFile: options.logFile, ended: failure, stop };
}

/** Children that were asked to end: for them an end is no failure. */
const stopping = new WeakSet<ChildProcess>();

function whenEnded(child: ChildProcess, logFile: string): Promise<Error> {
  return new Promise((resolve) => {
    child.on('error', (error) =>
      resolve(new StartProblem(`MiniStack could not be started: ${error.message}.`, 'Remove .local and start again.')),
    );
    child.on('exit', async (exitCode, signalName) => {
      if (stopping.has(child)) return;
      const tail = lastLines(await readFile(logFile, 'utf8').catch(() => ''));
      const how = signalName ?? `exit code ${exitCode}`;
      resolve(
        new StartProblem(`MiniStack ended by itself (${how}). The end of ${logFile}:\n${tail}\n`, 'Start it again; that log has the rest.'),
      );
    });
  });
}

function environment(port: number, options: MiniStackOptions): NodeJS.ProcessEnv {
  const kept = ['LANG', 'LC_ALL', 'TMPDIR', 'TENANTRY_LAMBDA_WORKERS', 'TENANTRY_MINISTACK_WITHOUT'];
  const { PATH: path } = process.env;
  return {
    ...Object.fromEntries(kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
    // Functions run on the Node that runs this file: nodejs24.x, as they do on AWS.
    PATH: [dirname(process.execPath), path].join(delimiter),
    PYTHONPATH: join(checkoutDirectory, 'local', 'ministack'),
    PYTHONUNBUFFERED: '1',
    // Functions must not find the developer's own AWS configuration.
    HOME: dirname(options.logFile),
    GATEWAY_PORT: String(port),
    MINISTACK_REGION: options.region,
    // It composes the URLs of queues from this name; "localhost" may mean an address that it does not listen on.
    MINISTACK_HOST: '127.0.0.1',
    TENANTRY_ENGINE_URL: options.engine.url,
    TENANTRY_ENGINE_SECRET: options.engine.secret,
    // MiniStack removes containers that it finds labelled as its own at start: another checkout's must not be among them.
    DOCKER_HOST: 'unix:///nonexistent',
  };
}

async function untilHealthy(endpoint: string, signal: AbortSignal | undefined): Promise<void> {
  const deadline = AbortSignal.timeout(healthDeadlineMilliseconds);
  const either = signal ? AbortSignal.any([deadline, signal]) : deadline;
  for (;;) {
    const answer = await fetch(`${endpoint}/_ministack/health`, { signal: either }).catch(() => undefined);
    if (answer?.ok) return;
    signal?.throwIfAborted();
    if (deadline.aborted) throw new Error(`MiniStack did not answer at ${endpoint} within ${healthDeadlineMilliseconds / 1000} seconds.`);
    await delay(healthPollMilliseconds, undefined, { signal: either }).catch(() => undefined);
  }
}
