import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { defaultRecordFile, startLocalStack } from '../stack.ts';
import { isAlive, readRecord } from '../stack-record.ts';
import { StartProblem } from '../start-problem.ts';
import { describeStack } from './describe-stack.ts';
import { runCommand } from './run-command.ts';
import { stayUp } from './stay-up.ts';

const stopDeadlineMilliseconds = 15_000;
const stopPollMilliseconds = 100;

const { reset } = new Command('npm run local --')
  .description('Bring up the local stack, deploy the synthesised CDK app to it and keep it up until Ctrl-C. Nothing is sent to AWS.')
  .option('--reset', 'first stop the stack that is up in this checkout; the new one has none of its data')
  .parse()
  .opts<{ reset?: true }>();

await runCommand(async (interruption) => {
  if (reset) await stopRunning();
  const stack = await startLocalStack({ log: console.log, signal: interruption });
  console.log(describeStack(stack));
  await stayUp(stack, interruption);
  return 0;
});

/** Asks the process that keeps this checkout's stack up to stop it, and waits until it has. */
async function stopRunning(): Promise<void> {
  const record = await readRecord(defaultRecordFile);
  if (!record || !isAlive(record.processId)) return;
  process.kill(record.processId, 'SIGTERM');
  const deadline = Date.now() + stopDeadlineMilliseconds;
  while (isAlive(record.processId)) {
    if (Date.now() > deadline) {
      throw new StartProblem(`Process ${record.processId} keeps the stack up and does not stop.`, `End it: kill -9 ${record.processId}`);
    }
    await delay(stopPollMilliseconds);
  }
}
