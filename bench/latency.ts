import { stopReactions } from '../local/stop-reactions.ts';
import { type Figures, median } from './figures.ts';
import { openAccount } from './measure/account.ts';
import { recordOnboarding } from './measure/onboarding.ts';
import { openStack } from './measure/stack.ts';
import { Replay } from './replay/replay.ts';

/** What the step handlers may take in proportion to their bare calls. */
export const goalRatio = 1.3;
/** A handler is warm when its code has been compiled, and not only loaded; the replay is as warm by its own repetitions. */
const warmUps = 30;
const samples = 15;
const replays = 2;

/** How much of an onboarding is the handlers' own work, and how much is waiting for them to be started. */
export async function latency(log: (line: string) => void): Promise<Figures> {
  const stack = await openStack(log, { fresh: true });
  const account = openAccount(stack);
  try {
    const handlers = await account.handlers();
    for (let count = 0; count < warmUps; count += 1) await recordOnboarding(stack, account, handlers);
    const recorded = [];
    for (let count = 0; count < samples; count += 1) recorded.push(await recordOnboarding(stack, account, handlers));
    await stopReactions(stack);
    const bare: number[] = [];
    const otherwise: string[] = [];
    for (const { measurement, tenantId } of recorded) {
      const replay = new Replay(stack, measurement.requests, handlers, tenantId);
      await replay.prepare();
      // The first run opens connections, as the warm-up tenants did for the handlers.
      const runs = [];
      for (let run = 0; run <= replays; run += 1) runs.push(await replay.run());
      otherwise.push(...runs.flatMap((run) => run.otherwise));
      bare.push(median(runs.slice(1).map(({ milliseconds }) => milliseconds)));
    }
    if (otherwise.length > 0) throw new Error(`The replay is not the same calls: ${[...new Set(otherwise)].join('; ')}.`);
    const S = median(recorded.map(({ steps }) => steps));
    const T = median(recorded.map(({ acceptedToActive }) => acceptedToActive));
    const fromConfirmation = median(recorded.map(({ confirmedToActive }) => confirmedToActive));
    const C = median(bare);
    const ratio = S / C;
    const engineShare = median(recorded.map(({ steps, acceptedToActive }) => (acceptedToActive - steps) / acceptedToActive));
    return {
      text: [
        `T ${T.toFixed(0)} ms from the accepted signup to ACTIVE (${fromConfirmation.toFixed(0)} ms of it after the confirmation), S ${S.toFixed(0)} ms in the step handlers, C ${C.toFixed(0)} ms for their bare calls; medians of ${samples}.`,
        `ratio ${ratio.toFixed(3)} (S/C; goal: at most ${goalRatio})`,
        `engineShare ${engineShare.toFixed(3)} ((T-S)/T)`,
      ],
      json: { ratio, engineShare, T, fromConfirmation, S, C, samples, goal: goalRatio },
      missed: ratio > goalRatio ? [`the handlers take ${ratio.toFixed(3)} times as long as their bare calls, more than ${goalRatio}`] : [],
    };
  } finally {
    account.close();
    await stack.close();
  }
}
