import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { ProviderAccess } from './payments/payment-provider.ts';
import { StartProblem } from './start-problem.ts';

/** Credentials in the form that AWS's SDKs take. */
export type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken: string };

/** One person of the staff pool, able to sign in by password and by codes computed from the base32 `totpSecret`. */
export type StaffOperator = { username: string; password: string; totpSecret: string };

/** What a running local stack tells other processes of its user. It holds secrets, so its file is readable by its owner alone. */
export type StackRecord = {
  processId: number;
  endpoint: string;
  region: string;
  account: string;
  apiUrl: string;
  mailsUrl: string;
  outputs: Record<string, string>;
  credentials: Credentials;
  staffOperator: StaffOperator;
  payments: ProviderAccess;
};

type StartingRecord = Pick<StackRecord, 'processId'> & Partial<StackRecord>;

/** Reserves the record `file` for this process, or says which stack has it. What a dead process left is taken over. */
export async function claimRecord(file: string): Promise<void> {
  const present = await readRecord(file);
  if (present && isAlive(present.processId)) {
    const where = present.endpoint ? `at ${present.endpoint}` : 'and still starting';
    throw new StartProblem(
      `A local stack of this checkout is up already, process ${present.processId}, ${where}.`,
      `Use it, stop it with Ctrl-C where it runs, or remove ${file} if that process is something else.`,
    );
  }
  await rm(file, { force: true });
  const starting: StartingRecord = { processId: process.pid };
  const unlinked = `${file}.${randomUUID()}`;
  try {
    // A link appears with its whole content, and of two processes that come here at once it serves one.
    await writeFile(unlinked, JSON.stringify(starting), { mode: 0o600 });
    await link(unlinked, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new StartProblem('Another local stack of this checkout is starting at this moment.', 'Wait for it, or start again.');
  } finally {
    await rm(unlinked, { force: true });
  }
}

/** Publishes a running stack. Readers see either the old record or the whole new one. */
export async function writeRecord(file: string, record: StackRecord): Promise<void> {
  const unfinished = `${file}.${randomUUID()}`;
  await writeFile(unfinished, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  await rename(unfinished, file);
}

/** Reads a record if there is a readable one; it may be that of a stack which is starting or of a dead process. */
export async function readRecord(file: string): Promise<StartingRecord | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  try {
    return text ? (JSON.parse(text) as StartingRecord) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a process with this id exists, of whatever user. */
export function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
