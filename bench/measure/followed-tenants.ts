import { setTimeout as delay } from 'node:timers/promises';
import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import type { Account } from './account.ts';
import type { MeasuredStack } from './stack.ts';

/** The most keys of one BatchGetItem: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const batchKeys = 100;
const lookMilliseconds = 250;
/** Executions are listed all at once, and change more slowly. */
const looksAnExecutionList = 20;

export interface Head {
  readonly tenantId: string;
  readonly status: string;
  readonly run?: { readonly runId: string };
}
export interface ListedExecution {
  readonly name: string;
  readonly status: string;
}

/** @returns the heads of these tenants; of one that does not exist there is none */
export async function headsOf({ outputs }: MeasuredStack, account: Account, tenantIds: readonly string[]): Promise<Head[]> {
  const table = outputs['TenantsTableName'] as string;
  const keys = tenantIds.map((tenantId) => ({ pk: `TENANT#${tenantId}`, sk: 'TENANT' }));
  const heads: Head[] = [];
  for (let from = 0; from < keys.length; from += batchKeys) {
    const Keys = keys.slice(from, from + batchKeys);
    const { Responses } = await account.documents.send(new BatchGetCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } }));
    heads.push(...((Responses?.[table] ?? []) as Head[]));
  }
  return heads;
}

/** The run of an execution: its name is the run and a generation. */
export const runOf = ({ name }: ListedExecution) => name.replace(/-\d+$/, '');

/** Many tenants that are waited for at the same time, by the same few reads, so that waiting takes nothing from what is measured. */
export class FollowedTenants {
  readonly #stack: MeasuredStack;
  readonly #account: Account;
  readonly #patienceSeconds: number;
  readonly #awaited = new Map<string, { readonly settle: () => void; readonly until: number }>();
  #looking = false;

  constructor(stack: MeasuredStack, account: Account, patienceSeconds: number) {
    this.#stack = stack;
    this.#account = account;
    this.#patienceSeconds = patienceSeconds;
  }

  /** Waits until the tenant is ACTIVE, its execution has ended without success, or patience is at its end: which of them, is counted when all is over. */
  settled(tenantId: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#awaited.set(tenantId, { settle: resolve, until: Date.now() + this.#patienceSeconds * 1_000 });
      if (!this.#looking) this.#look().catch(reject);
    });
  }

  async #look(): Promise<void> {
    this.#looking = true;
    let failed: ReadonlySet<string> = new Set();
    for (let looks = 1; this.#awaited.size > 0; looks += 1) {
      if (looks % looksAnExecutionList === 0) failed = await this.#failedRuns();
      const heads = await headsOf(this.#stack, this.#account, [...this.#awaited.keys()]);
      const over = new Set(
        heads.filter(({ status, run }) => status === 'ACTIVE' || failed.has(run?.runId ?? '')).map((head) => head.tenantId),
      );
      for (const [tenantId, { settle, until }] of this.#awaited) {
        if (!over.has(tenantId) && Date.now() < until) continue;
        this.#awaited.delete(tenantId);
        settle();
      }
      await delay(lookMilliseconds);
    }
    this.#looking = false;
  }

  async #failedRuns(): Promise<ReadonlySet<string>> {
    const executions = await this.#account.executions();
    return new Set(executions.filter(({ status }) => status !== 'RUNNING' && status !== 'SUCCEEDED').map(runOf));
  }
}
