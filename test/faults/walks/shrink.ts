import { shortTrace } from './trace.ts';
import type { WalkResult } from './walks.ts';

/** Shortening ends after so many walks, and after so many calls: a long walk takes half a minute. */
const mostWalks = 40;
const mostCalls = 30_000;

/**
 * Leaves out of a walk that failed whatever it fails without: halves, quarters and so on, then single parts.
 * @returns the shortest walk that was found to fail; the one that was given when each part is needed
 */
export async function shrunk(failed: WalkResult, walkWithout: (without: ReadonlySet<string>) => Promise<WalkResult>): Promise<WalkResult> {
  let best = failed;
  let without: ReadonlySet<string> = new Set();
  const most = Math.min(mostWalks, Math.ceil(mostCalls / failed.trace.length));
  let walks = 0;
  for (let size = Math.ceil(failed.parts.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    const { parts } = best;
    for (let from = 0; from < parts.length && walks < most; from += size, walks += 1) {
      const fewer = new Set([...without, ...parts.slice(from, from + size)]);
      const result = await walkWithout(fewer);
      if (result.wrong.length === 0) continue;
      without = fewer;
      best = result;
    }
  }
  return best;
}

/** What a reader needs of a walk that failed: what was wrong, how to see it again, and the shortest way to it. */
export const reportOf = (failed: WalkResult, shortest: WalkResult): string[] => [
  `FAILED seed ${failed.seed}`,
  ...failed.wrong.map((line) => `  ${line}`),
  `Replay it: npm run --silent faults -- --replay ${failed.seed}`,
  `Of ${failed.parts.length} parts it needs at most these: ${shortest.parts.join(', ') || 'none'}`,
  ...shortest.wrong.map((line) => `  ${line}`),
  ...shortTrace(shortest.trace),
];
