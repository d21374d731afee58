/** What befalls one call of a step. */
export const callFaults = [
  'throttled',
  'server-error',
  'denied',
  'connection-reset',
  'answer-lost',
  'sent-twice',
  'conflict',
  'killed-before',
  'killed-after',
  'timed-out',
  'late-return',
  'overtaken',
] as const;
export type CallFault = (typeof callFaults)[number];

/** What befalls a whole step. */
export const stepFaults = ['invoked-twice', 'invoked-at-once', 'stale-duplicate', 'failed-as'] as const;
export type StepFault = (typeof stepFaults)[number];

/**
 * What a call may meet with that is another tenant's or run's. `occupied`: a thing under the name by which it makes or looks for its own, which stays until somebody takes it away. `forestalled`: while
 * the call is made, what one of its conditions looks at is another than it was seen to be.
 */
export const claimFaults = ['occupied', 'forestalled'] as const;
export type ClaimFault = (typeof claimFaults)[number];

/** How the same tenant comes to its end all the same. */
export const repairs = ['retry', 'redrive', 'new-generation'] as const;
/**
 * How it goes on. `retry`: by the workflow's own Retry; where the error is a permanent one, which is not retried, by a redrive. All others: until then nobody can invoke the step, so that the Retry is used up and
 * the execution fails. `abandon`: an operator gives the tenant up, and the same organisation signs up again; a tenant that is ACTIVE already is refused that, and redriven.
 */
export const ways = [...repairs, 'abandon'] as const;
export type Way = (typeof ways)[number];

/** One call of a state, counted as in a case. */
export interface PlaceOfCall {
  readonly call: number;
  readonly what: string;
}

/** One case of the matrix: what happens to whom, where, and how it is repaired. */
export interface FaultCase {
  readonly tier: string;
  /** Of the workflow that undoes an onboarding: the state before which that was interrupted, or in which it was. */
  readonly undoingAt?: string;
  /** The call of that state after which the process ended: what it made was there, and recorded nowhere. */
  readonly undoingAfter?: PlaceOfCall;
  /** The state of the workflow, which is also the step and the function. */
  readonly state: string;
  /** Which of the state's calls, from 1, counted over all visits of the state; 0 for a fault of the whole step. */
  readonly call: number;
  /** The call's operation; the other step of a `stale-duplicate`; the class of errors of a `failed-as`; otherwise the step itself. */
  readonly what: string;
  readonly fault: CallFault | StepFault | ClaimFault;
  /** Of a `forestalled`: which write of the transaction has the condition, from 1. */
  readonly condition?: number;
  readonly way: Way;
  /** Of a `failed-as`: how often the state's Retry tries again after errors of that class. */
  readonly retries?: number;
}

/** Two faults of one run. Of one state, the second befalls the first attempt after the first was met with, and its calls are counted from there. */
export type FaultPair = readonly [first: FaultCase, second: FaultCase];

/** The stable id of a case of several faults: each but the first says where it befalls the repair of the one before it, or in which other state. */
export const idOfAll = ([first, ...others]: readonly [FaultCase, ...FaultCase[]]): string =>
  [
    idOf(first),
    ...others.map(({ state, call, what, fault, way }) => `${state === first.state ? '' : `${state}/`}${call}-${what}/${fault}/${way}`),
  ].join('+');

/** What faults befall: a workflow of a tier. */
export type Workflow = Pick<FaultCase, 'tier' | 'undoingAt' | 'undoingAfter'>;

/** What a workflow is called in ids. Of the one that undoes, an onboarding's that was interrupted somewhere. */
export const runOf = ({ tier, undoingAt, undoingAfter }: Workflow): string => {
  if (!undoingAt) return tier;
  return `${tier}/undoing-at-${undoingAt}${undoingAfter ? `-${undoingAfter.call}-${undoingAfter.what}` : ''}`;
};

/**
 * The stable id of a case: `starter/CreateAdminUser/5-AdminCreateUser/answer-lost/redrive`, `starter/undoing-at-ActivateTenant/DeleteAdminUser/1-Get/throttled/retry`,
 * `starter/undoing-at-CreateAdminUser-8-AdminCreateUser/DeleteAdminUser/5-AdminDeleteUser/killed-after/redrive`.
 */
export const idOf = ({ state, call, what, fault, condition, way, ...of }: FaultCase): string =>
  `${runOf(of)}/${state}/${call}-${what}/${fault}${condition ? `-${condition}` : ''}/${way}`;
