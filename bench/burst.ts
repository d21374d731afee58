import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import type { Mail } from '../local/mails.ts';
import type { Figures } from './figures.ts';
import { type Account, openAccount } from './measure/account.ts';
import { confirm, type Signup, signUp, until } from './measure/customer.ts';
import { recordOnboarding } from './measure/onboarding.ts';
import { type MeasuredStack, openStack } from './measure/stack.ts';
import { Replay, stopReactions } from './replay/replay.ts';

export interface BurstOptions {
  readonly signups: number;
  readonly concurrency: number;
}

/** Runs tasks, so many at the same time. @returns how many seconds that took */
async function atConcurrency(count: number, concurrency: number, task: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await task();
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker));
  return (performance.now() - begun) / 1000;
}

/** Reads the mails at most ten times a second, however many ask. */
function sharedMails(stack: MeasuredStack): () => Promise<Mail[]> {
  let latest: { at: number; mails: Promise<Mail[]> } | undefined;
  return () => {
    if (!latest || performance.now() - latest.at > 100) latest = { at: performance.now(), mails: stack.mails() };
    return latest.mails;
  };
}

/** The most keys of one BatchGetItem: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const batchKeys = 100;

async function statusesOf(stack: MeasuredStack, account: Account, signups: readonly Signup[]): Promise<string[]> {
  const table = stack.outputs['TenantsTableName'] as string;
  const keys = signups.map(({ accepted }) => ({ pk: `TENANT#${accepted.tenantId}`, sk: 'TENANT' }));
  const statuses: string[] = [];
  for (let from = 0; from < keys.length; from += batchKeys) {
    const Keys = keys.slice(from, from + batchKeys);
    const { Responses } = await account.documents.send(new BatchGetCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } }));
    statuses.push(...(Responses?.[table] ?? []).map((item) => String(item['status'])));
  }
  return statuses;
}

/** What a burst of signups comes to, and its throughput in proportion to that of its bare calls at the same concurrency. */
export async function burst(log: (line: string) => void, { signups: count, concurrency }: BurstOptions): Promise<Figures> {
  const stack = await openStack(log, { fresh: true });
  const account = openAccount(stack);
  try {
    const handlers = await account.handlers();
    await recordOnboarding(stack, account, handlers);
    const recorded = await recordOnboarding(stack, account, handlers);
    const mails = sharedMails(stack);
    const signups: Signup[] = [];
    const seconds = await atConcurrency(count, concurrency, async () => {
      const signup = await signUp(stack);
      signups.push(signup);
      await confirm(stack, signup, mails);
      await until('ACTIVE', async () => ((await statusesOf(stack, account, [signup]))[0] === 'ACTIVE' ? true : undefined), 250);
    });
    for (const { accepted } of signups) await account.endedExecution(accepted.tenantId);
    const statuses = await statusesOf(stack, account, signups);
    const active = statuses.filter((status) => status === 'ACTIVE').length;
    const distinct = new Set(signups.map(({ accepted }) => accepted.tenantId)).size;
    const invitations = (await stack.mails()).filter(({ subject }) => subject === 'Your tenant is ready');
    const addresses = signups.map(({ email }) => invitations.filter(({ to }) => to.includes(email)).length);
    const executions = await account.countExecutions();
    // The two tenants before the burst had one execution each.
    const doubled = count - distinct + Math.max(0, executions - 2 - count) + addresses.filter((mailed) => mailed > 1).length;
    const lost = count - active + addresses.filter((mailed) => mailed === 0).length;

    await stopReactions(stack);
    const replay = new Replay(stack, recorded.measurement.requests, handlers, recorded.tenantId);
    await replay.prepare();
    const bareSeconds = await atConcurrency(count, concurrency, async () => {
      const { otherwise } = await replay.run();
      if (otherwise.length > 0) throw new Error(`The replay is not the same calls: ${otherwise.join('; ')}.`);
    });
    const ratio = bareSeconds / seconds;
    return {
      text: [
        `${count} signups at ${concurrency} at the same time: ${active} ACTIVE, ${lost} lost, ${doubled} doubled, ${(count / seconds).toFixed(2)} a second.`,
        `The bare calls alone: ${(count / bareSeconds).toFixed(2)} a second.`,
        `ratio ${ratio.toFixed(3)} (throughput over that of the bare calls)`,
      ],
      json: { signups: count, concurrency, active, lost, doubled, ratio, perSecond: count / seconds, barePerSecond: count / bareSeconds },
      missed: [
        ...(active === count && lost === 0 ? [] : [`of ${count} signups ${active} are ACTIVE and ${lost} things are lost`]),
        ...(doubled === 0 ? [] : [`${doubled} things were made twice`]),
      ],
    };
  } finally {
    account.close();
    await stack.close();
  }
}
