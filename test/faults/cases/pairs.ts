import { befalls, makesNothing, type RecordedRun, repairedCases } from './enumerate.ts';
import { callFaults, type FaultCase, type FaultPair, repairs, type Way } from './fault-case.ts';

/** First faults after which the repair finds something else than after the end of the process: a failure that is recorded, an effect that is not known of, or an attempt that still goes on. */
const otherFirsts = ['throttled', 'answer-lost', 'timed-out', 'denied', 'late-return', 'server-error'] as const;

/** Each first fault has to be run before its pairs are known, so one call of so many meets with one of the others. */
const oneIsOtherOf = 3;

/**
 * What the first fault of a pair in one step may be. The process ends after each call, so that the repair finds all that the step had made until then and nothing of what it would have
 * noted next; and some calls of each step meet with one of the other faults, in turns, other calls in each tier.
 */
export function firstsOfPairs(run: RecordedRun, turn: number): FaultCase[] {
  const others = run.states
    .flatMap(({ state, calls }) => calls.map((_, index) => ({ state, call: index + 1 })))
    .filter((_, place) => place % oneIsOtherOf === turn % oneIsOtherOf)
    .map((each, place) => ({ ...each, fault: otherFirsts[(place + turn) % otherFirsts.length] }));
  return repairedCases(run, turn).filter(
    ({ state, call, fault }) =>
      fault === 'killed-after' || others.some((other) => other.state === state && other.call === call && other.fault === fault),
  );
}

/** The end of the process after each call by which a step made or took away something, repaired by a redrive. */
export const firstsInRepairs = (runs: readonly RecordedRun[]): FaultCase[] =>
  runs
    .flatMap((run) => repairedCases(run, 0))
    .filter(({ fault, what }) => fault === 'killed-after' && !makesNothing.test(what))
    .map((each) => ({ ...each, way: 'redrive' }));

/** Every fault that can befall the calls of the attempt that repairs the first one, the ways in turns. */
export const pairsOf = (first: FaultCase, repair: readonly string[]): FaultPair[] =>
  repair.flatMap((what, index) =>
    callFaults
      .filter((fault) => befalls(fault, what))
      .map((fault): FaultPair => {
        const way = repairs[(first.call + index + callFaults.indexOf(fault)) % repairs.length] as Way;
        return [first, { ...first, call: index + 1, what, fault, way }];
      }),
  );

/** Every fault of each step but the first, after one of each step before it; those and the ways in turns. */
export function pairsOfSteps(run: RecordedRun, turn: number): FaultPair[] {
  const ofSteps = Map.groupBy(repairedCases(run, turn), ({ state }) => state);
  const steps = [...ofSteps.values()];
  return steps.flatMap((seconds, place) =>
    steps
      .slice(0, place)
      .flatMap((firsts, earlier) =>
        seconds.map((second, index): FaultPair => [firsts[(index * (earlier + 1) + turn) % firsts.length] as FaultCase, second]),
      ),
  );
}
