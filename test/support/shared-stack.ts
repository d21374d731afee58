import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureStateDirectory, stateDirectory } from '../../local/checkout.ts';
import { type LocalStack, startLocalStack } from '../../local/stack.ts';
import { isAlive } from '../../local/stack-record.ts';

/*
 * The stack that all end-to-end tests of a run share. It runs in Jest's own process, apart from one that the developer keeps up; the tests'
 * processes find its record by TENANTRY_LOCAL_STACK. These functions are called natively by Jest, outside of its module registry.
 */

let stack: LocalStack | undefined;

/** Brings the stack up. A failure is told here and fails each test that needs the stack, so that the run still says how many those are. */
export async function startSharedStack(): Promise<void> {
  // `npm run acceptance` has the same tests act on a deployed account.
  if (process.env['TENANTRY_ACCEPTANCE_WORLD']) return;
  await removeOldLogs();
  const recordFile = join(stateDirectory, `test-${process.pid}.json`);
  const progress: string[] = [];
  try {
    stack = await startLocalStack({ log: (line) => progress.push(line), recordFile });
    process.env['TENANTRY_LOCAL_STACK'] = recordFile;
    stack.ended.then((error) => console.error(error));
  } catch (error) {
    console.error([...progress, 'The local stack did not come up:'].join('\n'), error);
  }
}

export async function stopSharedStack(): Promise<void> {
  await stack?.stop();
}

/** Logs stay after a run, for whoever looks why a test failed, until the next run. */
async function removeOldLogs(): Promise<void> {
  for (const name of await readdir(await ensureStateDirectory())) {
    const [, processId] = /^test-(\d+)\./.exec(name) ?? [];
    if (processId && !isAlive(Number(processId))) await rm(join(stateDirectory, name), { force: true });
  }
}
