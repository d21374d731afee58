import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { checkoutDirectory } from '../checkout.ts';
import { showProgress } from '../signups/progress.ts';
import { activeTenantIds, findFailures, summarise } from '../signups/report.ts';
import { sendSignups } from '../signups/send-signups.ts';
import { parseSignups } from '../signups/signup-file.ts';
import { whatWasMade } from '../signups/what-was-made.ts';
import { startLocalStack } from '../stack.ts';
import { StartProblem } from '../start-problem.ts';
import { describeStack } from './describe-stack.ts';
import { runCommand } from './run-command.ts';
import { stayUp } from './stay-up.ts';

const { exit, file } = new Command('npm start --')
  .description(
    'Bring up the local stack, deploy to it, and sign up the organisations of a file through the HTTP API. Nothing is sent to AWS.',
  )
  .option('--exit', 'end when all is done, with an exit code other than 0 if a signup ended otherwise than its line expects')
  .option('--file <file>', 'JSON Lines of signups: {"request":…, "headers":…, "payment":…, "expect":{"http":…, "status":…, "problem":…}}')
  .parse()
  .opts<{ exit?: true; file?: string }>();

await runCommand(async (interruption) => {
  const path = file ?? join(checkoutDirectory, 'examples', 'signups.jsonl');
  // Before anything is started, so that a typing error costs no minute.
  const lines = parseSignups(await readSignups(path), file ?? 'examples/signups.jsonl');
  const startedAt = performance.now();
  const stack = await startLocalStack({ log: console.log, signal: interruption });
  const broken = new AbortController();
  stack.ended.then((error) => broken.abort(error));
  const signal = AbortSignal.any([interruption, broken.signal]);
  let failures: string[];
  try {
    const finished = await sendSignups(lines, stack, showProgress(process.stdout, lines), signal);
    const made = await whatWasMade(stack, activeTenantIds(finished).length);
    console.log(summarise(finished, made, (performance.now() - startedAt) / 1000));
    failures = findFailures(finished, made);
  } catch (error) {
    await stack.stop();
    throw broken.signal.aborted ? broken.signal.reason : error;
  }
  for (const failure of failures) console.error(`Not as expected: ${failure}`);
  if (exit) await stack.stop();
  else {
    console.log(describeStack(stack));
    await stayUp(stack, interruption);
  }
  return failures.length > 0 ? 1 : 0;
});

async function readSignups(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new StartProblem(`${path} cannot be read (${error.code}).`, 'Give a file of signups, or none for the examples.');
  });
}
