import { unfinishedPartition } from '../../../lambdas/shared/tenants.ts';
import { seededRandom, uuid } from '../../../local/step-functions/random.ts';

/**
 * Where a walk's ids come from. One that is made again in the same process has ids of its own, because the stores still have those of before; they are as like as they
 * must be for the same things to happen: in the same shard of the lists.
 * @param sameBefore how often the walk of this seed was made before
 */
export function idsOf(seed: number, sameBefore: number): () => string {
  const first = seededRandom(seed);
  const others = seededRandom(seed + sameBefore * 0x10001);
  return () => {
    const id = uuid(first);
    if (sameBefore === 0) return id;
    for (;;) {
      const other = uuid(others);
      if (unfinishedPartition(other) === unfinishedPartition(id)) return other;
    }
  };
}
