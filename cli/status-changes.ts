import type { SignupStatus, SignupStep } from '../contracts/signup.ts';
import { nextActionLines } from './next-actions.ts';
import { coloured, plain } from './output.ts';

const line = (at: string, subject: string, state: string, more: string) => `${at}  ${subject.padEnd(24)}  ${coloured(state)}${more}`;

function stepChange(step: SignupStep, since: string): string {
  const attempt = step.attempt > 1 ? `, attempt ${step.attempt}` : '';
  const failure = step.failure ? `: ${plain(`${step.failure.reason} ${step.failure.nextAction}`)}` : '';
  return line(step.since ?? since, step.label, step.state, `${attempt}${failure}`);
}

/**
 * @returns a line for each thing that is another than it was, the oldest first, and what has to happen next if that changed; at first for
 * everything that has begun
 */
export function changesBetween(previous: SignupStatus | undefined, current: SignupStatus): string[] {
  const before = new Map(previous?.steps.map((step) => [step.step, step]));
  const changed = current.steps.filter((step) => {
    const earlier = before.get(step.step);
    if (!earlier) return step.state !== 'WAITING';
    return earlier.state !== step.state || earlier.attempt !== step.attempt;
  });
  const steps = changed.map((step) => ({ at: step.since ?? current.since, text: stepChange(step, current.since) }));
  const status =
    previous?.status === current.status ? [] : [{ at: current.since, text: line(current.since, 'Status', current.status, '') }];
  const next = nextActionLines(current.next);
  const nextChanged = nextActionLines(previous?.next ?? []).join('\n') !== next.join('\n');
  return [
    ...[...status, ...steps].sort((one, other) => (one.at < other.at ? -1 : Number(one.at > other.at))).map(({ text }) => text),
    ...(nextChanged ? next : []),
  ];
}
