import { join } from 'node:path';
import { stateDirectory } from '../../local/checkout.ts';
import { readMails } from '../../local/mails.ts';
import { defaultRecordFile, startLocalStack } from '../../local/stack.ts';
import { isAlive, readRecord, type StackRecord } from '../../local/stack-record.ts';

/** A local stack to measure; `close` stops it if it was started for the measurement. */
export interface MeasuredStack extends StackRecord {
  mails(): ReturnType<typeof readMails>;
  close(): Promise<void>;
}

let started = 0;

/** @returns the stack that `npm run local` keeps up, or with `fresh`, or where none is up, one that is started for this alone */
export async function openStack(
  log: (line: string) => void,
  { fresh = false, signal }: { fresh?: boolean; signal?: AbortSignal } = {},
): Promise<MeasuredStack> {
  const present = fresh ? undefined : await readRecord(defaultRecordFile);
  if (present?.endpoint && isAlive(present.processId)) {
    const { endpoint } = present;
    log(`Measuring the local stack that is up at ${endpoint}.`);
    return { ...(present as StackRecord), mails: () => readMails(endpoint), close: async () => undefined };
  }
  started += 1;
  const recordFile = join(stateDirectory, `bench-${process.pid}-${started}.json`);
  const stack = await startLocalStack({ log, recordFile, ...(signal ? { signal } : {}) });
  return { ...stack, close: stack.stop };
}
