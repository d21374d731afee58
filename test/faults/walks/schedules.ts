import type { Walk } from './walk.ts';

const minute = 60_000;
/** Each turn ends whoever is due; who pays is kept for the tier's time once more. */
const mostTurns = 5;

/** ExpireSignups as its schedule has it come: around the time when signups end, disturbed, and when those do that were kept because somebody paid. */
export async function expireSignups(walk: Walk, pendingUntil: () => readonly string[]): Promise<void> {
  const { clock, chance, expiresAt } = walk;
  const run = async (at: number) => {
    await clock.sleep(at - clock.now());
    await walk.scene.call('ExpireSignups', {}, walk.director(walk.stepOf('-', 'ExpireSignups'))).catch(() => undefined);
  };
  const first = expiresAt + chance.between(0, 2_000, 'schedule');
  await Promise.all([first, first + chance.between(10, 500, 'schedule twice'), expiresAt + 15 * minute, expiresAt + 30 * minute].map(run));
  for (let turn = 0; turn < mostTurns; turn += 1) {
    const ends = pendingUntil().map((at) => Date.parse(at));
    if (ends.length === 0) return;
    await run(Math.max(...ends, clock.now()) + 15 * minute);
  }
}
