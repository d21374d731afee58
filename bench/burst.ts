import type { Mail } from '../local/mails.ts';
import { stopReactions } from '../local/stop-reactions.ts';
import type { Figures } from './figures.ts';
import { type Account, openAccount } from './measure/account.ts';
import { confirm, type Signup, signUp, until } from './measure/customer.ts';
import { FollowedTenants, headsOf, runOf } from './measure/followed-tenants.ts';
import { memoryGrowth, sampleMemory } from './measure/memory.ts';
import { recordOnboarding } from './measure/onboarding.ts';
import { awsRates, type RateCount, Rates } from './measure/rates.ts';
import { type MeasuredStack, openStack } from './measure/stack.ts';
import { Replay } from './replay/replay.ts';

export interface BurstOptions {
  readonly signups: number;
  readonly concurrency: number;
  /** Which part of AWS's rates Cognito and CloudFormation serve; 0 for no limit. */
  readonly rates: number;
}

/** The functions' memory at the end over that in the middle may not be more. */
const mostGrowth = 1.1;

/** Runs tasks, so many at the same time. @returns how many seconds that took */
async function atConcurrency(count: number, concurrency: number, task: (place: number) => Promise<void>): Promise<number> {
  const begun = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < count) {
      next += 1;
      await task(next);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker));
  return (performance.now() - begun) / 1000;
}

/** Reads the mails for all who ask, for a tenth of the time at most: the longer the list, the less often. */
function sharedMails(stack: MeasuredStack): () => Promise<Mail[]> {
  let latest: { readonly mails: Promise<Mail[]> } | undefined;
  const read = async () => {
    const begun = performance.now();
    const mails = await stack.mails();
    const pause = Math.max(100, 9 * (performance.now() - begun));
    setTimeout(() => {
      latest = undefined;
    }, pause).unref();
    return mails;
  };
  return () => {
    latest ??= { mails: read() };
    return latest.mails;
  };
}

/** For how long anything is waited for that happens by itself. All tries of a throttled step take 72 minutes at most: docs/decisions/throttled-steps.md. */
const patienceSeconds = 80 * 60;

/** What has become of the signups: each is one ACTIVE tenant, with one execution that succeeded and one invitation, or something is amiss. */
async function countOutcome(stack: MeasuredStack, account: Account, signups: readonly Signup[]) {
  const executions = await until(
    'The end of all executions',
    async () => {
      const all = await account.executions();
      return all.some(({ status }) => status === 'RUNNING') ? undefined : all;
    },
    2_000,
    patienceSeconds,
  );
  const heads = await headsOf(
    stack,
    account,
    signups.map(({ accepted }) => accepted.tenantId),
  );
  const ofRun = Map.groupBy(executions, runOf);
  const invitations = Map.groupBy(
    (await stack.mails()).filter(({ subject }) => subject === 'Your tenant is ready').flatMap(({ to }) => to),
    (address) => address,
  );
  const mailed = signups.map(({ email }) => invitations.get(email)?.length ?? 0);
  const runs = heads.map(({ run }) => ofRun.get(run?.runId ?? '') ?? []);
  const active = heads.filter(({ status }) => status === 'ACTIVE').length;
  return {
    active,
    lost: signups.length - heads.length + runs.filter(({ length }) => length === 0).length,
    stuck: heads.length - active + heads.filter(({ status }, place) => status === 'ACTIVE' && !runs[place]?.every(succeeded)).length,
    doubled:
      signups.length -
      new Set(heads.map(({ tenantId }) => tenantId)).size -
      (signups.length - heads.length) +
      runs.filter(({ length }) => length > 1).length +
      mailed.filter((count) => count > 1).length,
    uninvited: mailed.filter((count) => count === 0).length,
  };
}
const succeeded = ({ status }: { readonly status: string }) => status === 'SUCCEEDED';

const throttledOf = (counts: readonly RateCount[]) => counts.reduce((sum, { throttled }) => sum + throttled, 0);

/** What a burst of signups comes to, and its throughput in proportion to that of its bare calls at the same concurrency and under the same rates. */
export async function burst(log: (line: string) => void, { signups: count, concurrency, rates: part }: BurstOptions): Promise<Figures> {
  const stack = await openStack(log, { fresh: true });
  const account = openAccount(stack);
  const rates = new Rates(stack.endpoint);
  const hold = () => rates.set(part > 0 ? awsRates.map((rate) => ({ ...rate, perSecond: rate.perSecond * part })) : []);
  try {
    const handlers = await account.handlers();
    await recordOnboarding(stack, account, handlers);
    const recorded = await recordOnboarding(stack, account, handlers);
    const mails = sharedMails(stack);
    const followed = new FollowedTenants(stack, account, patienceSeconds);
    const signups: Signup[] = [];
    let middle: Awaited<ReturnType<typeof sampleMemory>> | undefined;
    await hold();
    const seconds = await atConcurrency(count, concurrency, async (place) => {
      const signup = await signUp(stack);
      signups.push(signup);
      await confirm(stack, signup, mails, patienceSeconds);
      await followed.settled(signup.accepted.tenantId);
      if (place % 100 === 0) log(`${place} of ${count}`);
      if (place === Math.ceil(count / 2)) middle = await sampleMemory();
    });
    const memory = middle && memoryGrowth(middle, await sampleMemory());
    const outcome = await countOutcome(stack, account, signups);
    const throttled = throttledOf(await rates.lift());
    const reached = `${outcome.active} ACTIVE, ${outcome.lost} lost, ${outcome.stuck} stuck, ${outcome.doubled} doubled`;
    log(`${count} signups in ${seconds.toFixed(0)} s: ${reached}. Now the bare calls.`);

    await stopReactions(stack);
    const replay = new Replay(stack, recorded.requestsToTheEnd, handlers, recorded.tenantId);
    await replay.prepare();
    await hold();
    const bareSeconds = await atConcurrency(count, concurrency, async () => {
      const { otherwise } = await replay.run();
      if (otherwise.length > 0) throw new Error(`The replay is not the same calls: ${otherwise.join('; ')}.`);
    });
    const bareThrottled = throttledOf(await rates.lift());
    const ratio = bareSeconds / seconds;
    const { active, lost, doubled, stuck, uninvited } = outcome;
    return {
      text: [
        `${count} signups at ${concurrency} at the same time: ${reached}, ${(count / seconds).toFixed(2)} a second.`,
        `The bare calls alone: ${(count / bareSeconds).toFixed(2)} a second.`,
        `Under ${part} of AWS's rates ${throttled} requests were throttled, of the bare calls ${bareThrottled}.`,
        `ratio ${ratio.toFixed(3)} (throughput over that of the bare calls)`,
        ...(memory
          ? [
              `The functions' ${memory.functionProcesses} processes: ${memory.middleMegabytes.toFixed(0)} MB in the middle, ${memory.endMegabytes.toFixed(0)} MB at the end.`,
            ]
          : []),
      ],
      json: {
        signups: count,
        concurrency,
        ...outcome,
        ratio,
        perSecond: count / seconds,
        barePerSecond: count / bareSeconds,
        rates: part,
        throttled,
        bareThrottled,
        memory,
      },
      missed: [
        ...(active === count && lost + stuck + uninvited === 0
          ? []
          : [`of ${count} signups ${active} are ACTIVE, ${lost} are lost, ${stuck} stuck and ${uninvited} not invited`]),
        ...(doubled === 0 ? [] : [`${doubled} things were made twice`]),
        ...(memory && memory.growth > mostGrowth
          ? [`the functions' memory grew by ${memory.growth.toFixed(3)}, at most ${mostGrowth}`]
          : []),
      ],
    };
  } finally {
    account.close();
    await stack.close();
  }
}
