import type { Claimed } from '../strangers/claims.ts';
import { type CallFault, callFaults, type FaultCase, repairs, type Way, type Workflow, ways } from './fault-case.ts';
import type { Retries } from './retries.ts';

/** The calls of each state of one workflow of a tier, and what its Retry says, in its order, as a clean run made them. */
export interface RecordedRun extends Workflow {
  /** The steps that were invoked before the workflow began: those of the onboarding that is undone. */
  readonly before?: readonly string[];
  readonly states: readonly {
    readonly state: string;
    readonly calls: readonly string[];
    /** What the calls claim that another can have. */
    readonly claims?: readonly (Claimed & { readonly call: number })[];
    readonly retries: Retries;
  }[];
}

/** Only a transaction is cancelled because another one holds an item: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html */
export const befalls = (fault: CallFault, operation: string) => fault !== 'conflict' || operation === 'TransactWrite';

type Fault = Omit<FaultCase, 'way'>;

/** Every fault that can befall the run once. */
function singleFaults({ tier, undoingAt, undoingAfter, before = [], states }: RecordedRun): Fault[] {
  return states.flatMap(({ state, calls, retries }, place) => {
    const of = { tier, ...(undoingAt ? { undoingAt } : {}), ...(undoingAfter ? { undoingAfter } : {}), state };
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
export const repairedCases = (run: RecordedRun, turn: number): FaultCase[] =>
  singleFaults(run).map((fault, place) => {
    const { call } = fault;
    const ofCall = call === 0 ? place : call + callFaults.indexOf(fault.fault as CallFault);
    return { ...fault, way: repairs[(ofCall + turn) % repairs.length] as Way };
  });

/** Giving a tenant up and signing up again takes as long as twenty repairs, so one of so many faults comes to it: of every state some, and a different one of the next call. */
const oneIsAbandonedOf = 23;

/** So many faults of the workflow that undoes, which has as many as the onboarding, come one to a rotation: a different one of the next call. */
const oneIsRunOf = 7;

/** @returns those of a rotation, of what undoes */
export const oneInARotation = (cases: readonly FaultCase[], turn: number): FaultCase[] =>
  cases.filter((_, place) => place % oneIsRunOf === turn);

/** Every fault of an onboarding once, and some of each call of what undoes it; the ways in turns. */
export const rotatedCases = (run: RecordedRun, turn: number): FaultCase[] =>
  run.undoingAt
    ? oneInARotation(repairedCases(run, turn), turn)
    : repairedCases(run, turn).map((each, place) => (place % oneIsAbandonedOf === turn ? { ...each, way: 'abandon' } : each));

/** These only look, or are the first and the last that every step makes: what was begun before them is what they leave. */
export const makesNothing = /^(AdminGet|AdminInitiateAuth|AssumeRole|Decrypt|Describe|Generate|Get|Invoke|List|Query|Scan|TransactWrite)/;

/**
 * Where an onboarding can be interrupted so that what undoes it finds something else: before each state, and after each call by which one made or took away something that it had not recorded yet.
 * @param last the last state in which it can still be given up
 */
export function interruptionsOf({ tier, states }: RecordedRun, last: string): Workflow[] {
  const until = states.slice(0, states.findIndex(({ state }) => state === last) + 1);
  return until.flatMap(({ state, calls }) => {
    const before = { tier, undoingAt: state };
    const after = calls.map((what, index) => ({ ...before, undoingAfter: { call: index + 1, what } }));
    return [before, ...after.filter(({ undoingAfter }) => !makesNothing.test(undoingAfter.what))];
  });
}

/** One fault of each call of a run, and one of each of its steps: a different one with each turn, and so is the way. */
export function oneOfEachCall(run: RecordedRun, turn: number): FaultCase[] {
  const ofCalls = Map.groupBy(singleFaults(run), ({ state, call }) => `${state} ${call}`);
  return [...ofCalls.values()].map((faults) => {
    const { call = 0 } = faults[0] ?? {};
    const fault = faults[(turn + call) % faults.length] as Fault;
    const way = repairs[(call + Math.floor((turn + call) / faults.length)) % repairs.length] as Way;
    return { ...fault, way };
  });
}
