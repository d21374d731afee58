import { type CallFault, callFaults, type FaultCase, type FaultPair, type Way, ways } from './fault-case.ts';
import type { Retries } from './retries.ts';

/** The calls of each state of one tier, and what its Retry says, in the order of the workflow, as a clean run made them. */
export interface RecordedRun {
  readonly tier: string;
  readonly states: readonly { readonly state: string; readonly calls: readonly string[]; readonly retries: Retries }[];
}

/** Only a transaction is cancelled because another one holds an item: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html */
export const befalls = (fault: CallFault, operation: string) => fault !== 'conflict' || operation === 'TransactWrite';

type Fault = Omit<FaultCase, 'way'>;

/** Every fault that can befall the run once. */
function singleFaults({ tier, states }: RecordedRun): Fault[] {
  return states.flatMap(({ state, calls, retries }, place) => {
    const ofCalls = calls.flatMap((what, index) =>
      callFaults.filter((fault) => befalls(fault, what)).map((fault) => ({ tier, state, call: index + 1, what, fault })),
    );
    const ofStep = (['invoked-twice', 'invoked-at-once'] as const).map((fault) => ({ tier, state, call: 0, what: state, fault }));
    const earlier = states.slice(0, place).map(({ state: what }) => ({ tier, state, call: 0, what, fault: 'stale-duplicate' as const }));
    const failures = [...retries].map(([what, times]) => ({ tier, state, call: 0, what, fault: 'failed-as' as const, retries: times }));
    return [...ofCalls, ...ofStep, ...earlier, ...failures];
  });
}

/** Every case in which one fault befalls the run. */
export const singleCases = (run: RecordedRun): FaultCase[] => singleFaults(run).flatMap((fault) => ways.map((way) => ({ ...fault, way })));

/**
 * Every fault once. The ways take turns: neighbouring calls, and neighbouring faults of a call, have different ones, and so have the same of two tiers whose `turn` is different.
 */
export const rotatedCases = (run: RecordedRun, turn: number): FaultCase[] =>
  singleFaults(run).map((fault, place) => {
    const { call } = fault;
    const ofCall = call === 0 ? place : call + callFaults.indexOf(fault.fault as CallFault);
    return { ...fault, way: ways[(ofCall + turn) % ways.length] as Way };
  });

/** What the first fault of a pair may be: the process ends after a call, so that the repair finds all that the step had made until then and nothing of what it would have noted next. */
export const firstsOfPairs = (run: RecordedRun, turn: number): FaultCase[] =>
  rotatedCases(run, turn).filter(({ fault }) => fault === 'killed-after');

/** Every fault that can befall the calls of the attempt that repairs the first one, the ways in turns. */
export const pairsOf = (first: FaultCase, repair: readonly string[]): FaultPair[] =>
  repair.flatMap((what, index) =>
    callFaults
      .filter((fault) => befalls(fault, what))
      .map((fault): FaultPair => {
        const way = ways[(first.call + index + callFaults.indexOf(fault)) % ways.length] as Way;
        return [first, { ...first, call: index + 1, what, fault, way }];
      }),
  );
