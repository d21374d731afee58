import type { Finding } from '../../../contracts/findings.ts';
import { unfinishedPartition } from '../../../lambdas/shared/tenants.ts';
import { seededRandom, uuid } from '../../../local/step-functions/random.ts';

/** Which walk of a seed it is, in this process. */
export interface Repetition {
  /** How often the walk of this seed was made before. */
  readonly sameBefore: number;
  /** What was found in the first one. */
  readonly findings: readonly Finding[];
  /** In which shard of the lists a finding is. */
  shardOf(finding: Finding): number;
}

/**
 * Where a walk's ids come from. One that is made again in the same process has ids of its own, because the stores still have those of before; they are as like as they
 * must be for the same things to happen: tenants and findings are in the same shards of the lists.
 */
export function idsOf(seed: number, { sameBefore, findings, shardOf }: Repetition): () => string {
  const first = seededRandom(seed);
  const others = seededRandom(seed + sameBefore * 0x10001);
  const replaced = new Map<string, string>();
  const inSameShard = (other: string) => (finding: Finding) =>
    shardOf({ ...finding, tenantId: replaced.get(finding.tenantId ?? ''), runId: `onboard-${other}` } as Finding) === shardOf(finding);
  return () => {
    const id = uuid(first);
    if (sameBefore === 0) return id;
    const ofRun = findings.filter(({ runId }) => runId === `onboard-${id}`);
    for (;;) {
      const other = uuid(others);
      if (unfinishedPartition(other) !== unfinishedPartition(id) || !ofRun.every(inSameShard(other))) continue;
      replaced.set(id, other);
      return other;
    }
  };
}
