import { type FaultCase, runOf } from '../faults/cases/fault-case.ts';

/**
 * The cases that coverage is recorded of: of each workflow of each tier, the states in which it makes calls that those before it do not make; every fault once, the ways in turns; of calls of one operation
 * the first and the last.
 */
export function worthTrying(rotated: readonly FaultCase[]): FaultCase[] {
  const known = new Map<string, Set<string>>();
  const chosen: FaultCase[] = [];
  for (const ofRun of Map.groupBy(rotated, runOf).values())
    for (const [state, ofState] of Map.groupBy(ofRun, (each) => each.state)) {
      const operations = known.get(state) ?? new Set();
      const calls = ofState.filter(({ call }) => call > 0);
      if (calls.some(({ what }) => !operations.has(what))) chosen.push(...ofState.filter((each) => isFirstOrLast(each, calls)));
      known.set(state, new Set([...operations, ...calls.map(({ what }) => what)]));
    }
  return chosen;
}

function isFirstOrLast({ call, what, fault }: FaultCase, calls: readonly FaultCase[]): boolean {
  const same = calls.filter((each) => each.what === what).map((each) => each.call);
  return call === 0 ? fault !== 'failed-as' : [Math.min(...same), Math.max(...same)].includes(call);
}

/** The cases in which a state fails as a class of errors that its Retry names, in the first workflow that comes to the state. */
export function failing(singles: readonly FaultCase[], state: string, errorClass: string): FaultCase[] {
  // Giving the tenant up tells nothing of the state's Retry, and takes long.
  const there = singles.filter(
    ({ fault, way, ...each }) => fault === 'failed-as' && way !== 'abandon' && each.state === state && each.what === errorClass,
  );
  return there.filter((each) => there[0] && runOf(each) === runOf(there[0]));
}

/** What shows most, first; the others in any order. */
const faults: readonly FaultCase['fault'][] = [
  'occupied',
  'forestalled',
  'overtaken',
  'late-return',
  'killed-after',
  'answer-lost',
  'throttled',
  'denied',
];
const reads = /^(Get|Query|Scan|List|Describe|AdminGet|Decrypt|Generate)/;

export interface Reached {
  readonly each: FaultCase;
  /** How often the case comes by. */
  readonly times: number;
}

/** Those whose fault befalls a state that comes by: all others come by undisturbed, as a clean run does. */
function disturbed(reached: readonly Reached[]): readonly Reached[] {
  const states = new Set<string>();
  for (const ofRun of Map.groupBy(reached, ({ each }) => runOf(each)).values()) {
    const usual = Math.min(...ofRun.map(({ times }) => times));
    for (const { each, times } of ofRun) if (times > usual) states.add(each.state);
  }
  const there = reached.filter(({ each }) => states.has(each.state));
  return there.length > 0 ? there : reached;
}

/** One of each, then another one of each, until there are none left. */
function inTurns<Item>(lists: readonly (readonly Item[])[]): Item[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, round) => lists.flatMap((list) => list.slice(round, round + 1))).flat();
}

/**
 * The cases that reach a mutant's place, in the order in which they are tried: of each fault one, then another one of each. Of a fault the workflows take turns, and of a workflow the operations, those that write first,
 * and those come first that come by more often than most, because the fault brings them there.
 */
export function inOrder(reached: readonly Reached[]): FaultCase[] {
  const rank = (fault: FaultCase['fault']) => (faults.includes(fault) ? faults.indexOf(fault) : faults.length);
  const byFault = Map.groupBy(disturbed(reached), ({ each }) => each.fault);
  const ofFaults = [...byFault].toSorted(([one], [other]) => rank(one) - rank(other)).map(([, ofFault]) => ofOneFault(ofFault));
  return inTurns(ofFaults);
}

/** The workflows of the tiers take turns. */
const ofOneFault = (reached: readonly Reached[]): FaultCase[] =>
  inTurns([...Map.groupBy(reached, ({ each }) => runOf(each)).values()].map(ofOneRun));

function ofOneRun(reached: readonly Reached[]): FaultCase[] {
  const groups = [...Map.groupBy(reached, ({ each }) => (each.call === 0 ? '' : `${each.what} ${each.condition}`)).values()];
  const ofGroups = groups.map((group) => group.toSorted((one, other) => other.times - one.times).map(({ each }) => each));
  const [reading, writing] = [true, false].map((is) => inTurns(ofGroups.filter(([first]) => reads.test(first?.what ?? '') === is)));
  return [...(writing ?? []), ...(reading ?? [])];
}
