import { type CallFault, callFaults, type FaultCase, type FaultPair, repairs, type Way, ways } from './fault-case.ts';
import type { Retries } from './retries.ts';

/** The calls of each state of one workflow of a tier, and what its Retry says, in its order, as a clean run made them. */
export interface RecordedRun {
  readonly tier: string;
  readonly undoingAt?: string;
  /** The steps that were invoked before the workflow began: those of the onboarding that is undone. */
  readonly before?: readonly string[];
  readonly states: readonly { readonly state: string; readonly calls: readonly string[]; readonly retries: Retries }[];
}

/** Only a transaction is cancelled because another one holds an item: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html */
export const befalls = (fault: CallFault, operation: string) => fault !== 'conflict' || operation === 'TransactWrite';

type Fault = Omit<FaultCase, 'way'>;

/** Every fault that can befall the run once. */
function singleFaults({ tier, undoingAt, before = [], states }: RecordedRun): Fault[] {
  return states.flatMap(({ state, calls, retries }, place) => {
    const of = { tier, ...(undoingAt ? { undoingAt } : {}), state };
    const ofCalls = calls.flatMap((what, index) =>
      callFaults.filter((fault) => befalls(fault, what)).map((fault) => ({ ...of, call: index + 1, what, fault })),
    );
    const ofStep = (['invoked-twice', 'invoked-at-once'] as const).map((fault) => ({ ...of, call: 0, what: state, fault }));
    const earlier = [...before, ...states.slice(0, place).map((each) => each.state)];
    const late = earlier.map((what) => ({ ...of, call: 0, what, fault: 'stale-duplicate' as const }));
    const failures = [...retries].map(([what, times]) => ({ ...of, call: 0, what, fault: 'failed-as' as const, retries: times }));
    return [...ofCalls, ...ofStep, ...late, ...failures];
  });
}

/** Every case in which one fault befalls the run. */
export const singleCases = (run: RecordedRun): FaultCase[] =>
  // What undoes a tenant is repaired, whatever befalls it: nobody gives that up.
  singleFaults(run).flatMap((fault) => (run.undoingAt ? repairs : ways).map((way) => ({ ...fault, way })));

/** Every fault once. The repairs take turns: neighbouring calls, and neighbouring faults of a call, have different ones, and so have the same of two tiers whose `turn` is different. */
const repairedCases = (run: RecordedRun, turn: number): FaultCase[] =>
  singleFaults(run).map((fault, place) => {
    const { call } = fault;
    const ofCall = call === 0 ? place : call + callFaults.indexOf(fault.fault as CallFault);
    return { ...fault, way: repairs[(ofCall + turn) % repairs.length] as Way };
  });

/** Giving a tenant up and signing up again takes as long as twenty repairs, so one of so many faults comes to it: of every state some, and a different one of the next call. */
const oneIsAbandonedOf = 23;

/** So many faults of the workflow that undoes, which has as many as the onboarding, come one to a rotation: a different one of the next call. */
const oneIsRunOf = 5;

/** Every fault of an onboarding once, and some of each call of what undoes it; the ways in turns. */
export const rotatedCases = (run: RecordedRun, turn: number): FaultCase[] =>
  run.undoingAt
    ? repairedCases(run, turn).filter((_, place) => place % oneIsRunOf === turn)
    : repairedCases(run, turn).map((each, place) => (place % oneIsAbandonedOf === turn ? { ...each, way: 'abandon' } : each));

/** What the first fault of a pair may be: the process ends after a call, so that the repair finds all that the step had made until then and nothing of what it would have noted next. */
export const firstsOfPairs = (run: RecordedRun, turn: number): FaultCase[] =>
  repairedCases(run, turn).filter(({ fault }) => fault === 'killed-after');

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
