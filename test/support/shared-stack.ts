import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { platform } from '../../contracts/tenant.ts';
import { ensureStateDirectory, stateDirectory } from '../../local/checkout.ts';
import { type LocalStack, startLocalStack } from '../../local/stack.ts';
import { isAlive } from '../../local/stack-record.ts';

/*
 * The stack that all end-to-end tests of a run share. It runs in Jest's own process, apart from one that the developer keeps up; the tests'
 * processes find its record by TENANTRY_LOCAL_STACK. These functions are called natively by Jest, outside of its module registry.
 */

let stack: LocalStack | undefined;
let forgetting: { end(): Promise<void> } | undefined;

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
    forgetting = forgetFailures(stack);
    stack.ended.then((error) => console.error(error));
  } catch (error) {
    console.error([...progress, 'The local stack did not come up:'].join('\n'), error);
  }
}

export async function stopSharedStack(): Promise<void> {
  await forgetting?.end();
  await stack?.stop();
}

/** Logs stay after a run, for whoever looks why a test failed, until the next run. */
async function removeOldLogs(): Promise<void> {
  for (const name of await readdir(await ensureStateDirectory())) {
    const [, processId] = /^test-(\d+)\./.exec(name) ?? [];
    if (processId && !isAlive(Number(processId))) await rm(join(stateDirectory, name), { force: true });
  }
}

const forgottenAfterMilliseconds = 1_000;

/**
 * Tests break the same steps for tenants of their own at the same time, as many as there are processes, and none of that says that the step does not work: it is not counted, or onboarding
 * would be paused for all of them. test/alone has a stack on which it is counted.
 */
function forgetFailures({ endpoint, region, credentials, outputs }: LocalStack): { end(): Promise<void> } {
  const client = new DynamoDBClient({ endpoint, region, credentials: { ...credentials } });
  const ended = new AbortController();
  const Key = { pk: { S: platform }, sk: { S: 'STREAKS' } };
  const forget = async () => {
    while (!ended.signal.aborted) {
      await client.send(new DeleteItemCommand({ TableName: outputs['TenantsTableName'], Key })).catch(() => undefined);
      await delay(forgottenAfterMilliseconds, undefined, { signal: ended.signal }).catch(() => undefined);
    }
    client.destroy();
  };
  const forgotten = forget();
  return {
    end: () => {
      ended.abort();
      return forgotten;
    },
  };
}
