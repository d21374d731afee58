import { reportOf, shrunk } from './shrink.ts';
import { fullTrace } from './trace.ts';
import { Walks } from './walks.ts';

type Log = (line: string) => void;

/** What came of some seeds: their numbers. */
export interface SeedsResult {
  readonly ran: number;
  readonly failed: number;
  readonly firstFailingSeed: number | null;
}

/** Makes the walks of so many seeds, one after the other. The first that fails is shortened and told; the others are counted. */
export async function runSeeds(count: number, from: number, log: Log): Promise<SeedsResult> {
  const walks = await Walks.start(log);
  try {
    let failed = 0;
    let firstFailingSeed: number | null = null;
    for (let seed = from; seed < from + count; seed += 1) {
      const result = await walks.walk(seed);
      log(
        `seed ${seed}: ${result.trace.length} calls; ${result.occurred.join(', ')}${result.wrong.map((line) => `\n  WRONG: ${line}`).join('')}`,
      );
      if (result.wrong.length === 0) continue;
      failed += 1;
      if (firstFailingSeed === null) {
        const shortest = await shrunk(result, (without) => walks.walk(seed, { without }));
        for (const line of reportOf(result, shortest)) log(line);
      }
      firstFailingSeed ??= seed;
    }
    return { ran: count, failed, firstFailingSeed };
  } finally {
    await walks.stop();
  }
}

/** Makes the walk of one seed and tells every call of it. */
export async function replay(seed: number, log: Log): Promise<SeedsResult> {
  const walks = await Walks.start(log);
  try {
    const { wrong, trace, digest, parts } = await walks.walk(seed);
    for (const line of fullTrace(trace)) log(line);
    log(`${trace.length} calls, digest ${digest}, with ${parts.join(', ')}`);
    for (const line of wrong) log(line);
    return { ran: 1, failed: wrong.length > 0 ? 1 : 0, firstFailingSeed: wrong.length > 0 ? seed : null };
  } finally {
    await walks.stop();
  }
}
