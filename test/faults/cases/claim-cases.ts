import type { RecordedRun } from './enumerate.ts';
import type { FaultCase, Way } from './fault-case.ts';

/** What a state looks for by the same operation again, it looks for as it did the first time. */
const looks = /^(Get|List|AdminGet)/;

/** Those that make a difference: a lost race is decided anew at once, what undoes leaves alone what is another's, and what finds it otherwise fails for good. */
const waysOf = ({ undoingAt }: RecordedRun, fault: FaultCase['fault']): readonly Way[] =>
  fault === 'forestalled' || undoingAt ? ['retry'] : ['redrive', 'new-generation', 'abandon'];

/** Every case in which another has what a call of the run claims. */
export function claimCases(run: RecordedRun): FaultCase[] {
  const { tier, undoingAt, states } = run;
  return states.flatMap(({ state, calls, claims = [] }) =>
    claims
      .map((claim) => ({ ...claim, tier, ...(undoingAt ? { undoingAt } : {}), state, what: calls[claim.call - 1] ?? '' }))
      .filter(({ fault, what, call }) => fault === 'forestalled' || calls.indexOf(what) + 1 === call || !looks.test(what))
      .flatMap((claim) => waysOf(run, claim.fault).map((way) => ({ ...claim, way }))),
  );
}

/** A commit writes the head, the event and the step's record, in every step: what undoes does so as the onboarding does. What it writes beside them is the step's own. */
const isOfThisStepAlone = ({ fault, condition = 0 }: FaultCase) => fault === 'occupied' || condition > 3;

/** Of the onboarding every claim, repaired in one way, the ways in turns, and while it is given up: what undoes it has to leave alone what is another's. Of what undoes, those that no other step has. */
export const rotatedClaims = (run: RecordedRun, turn: number): FaultCase[] =>
  claimCases(run).filter((each) => {
    if (run.undoingAt) return isOfThisStepAlone(each);
    return each.fault === 'forestalled' || each.way === 'abandon' || each.way === ((each.call + turn) % 2 ? 'redrive' : 'new-generation');
  });
