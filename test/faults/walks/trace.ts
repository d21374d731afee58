import { createHash } from 'node:crypto';

/** One call that a walk made. */
export interface TraceStep {
  /** Virtual milliseconds since the walk began. */
  readonly at: number;
  /** For which customer, in which invocation of which function: `B/CreateAdminUser#2`. */
  readonly step: string;
  /** `5-AdminCreateUser`. */
  readonly call: string;
  readonly fault: string;
  /** `ok`, the error's name, or `nobody heard` when the process was dead by then. */
  readonly outcome: string;
}

/** By this two walks are compared: each call with what befell it and what came of it, in order. */
export const digestOf = (trace: readonly TraceStep[]): string =>
  createHash('sha256')
    .update(JSON.stringify(trace.map(({ step, call, fault, outcome }) => [step, call, fault, outcome])))
    .digest('hex')
    .slice(0, 16);

const line = ({ at, step, call, fault, outcome }: TraceStep) =>
  `${(at / 1_000).toFixed(3).padStart(12)} s  ${`${step}/${call}`.padEnd(52)} ${fault.padEnd(18)} ${outcome}`;

export const fullTrace = (trace: readonly TraceStep[]): string[] => trace.map(line);

const lastCalls = 12;

/** What a reader looks at first: what went wrong on purpose, what failed, and the last calls. */
export function shortTrace(trace: readonly TraceStep[]): string[] {
  const notable = trace.map(({ fault, outcome }, place) => fault !== '' || outcome !== 'ok' || place >= trace.length - lastCalls);
  return trace.flatMap((step, place) => {
    if (notable[place]) return [line(step)];
    return place > 0 && !notable[place - 1] ? [] : ['             …'];
  });
}
