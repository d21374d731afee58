import type { FailureClass } from '../../../contracts/steps.ts';
import type { AuditEvent } from '../../../contracts/tenant.ts';
import type { FaultCase } from '../cases/fault-case.ts';

/** What a failure by a fault is said to be, where there is only one right answer. */
const classes: Partial<Record<FaultCase['fault'], FailureClass>> = {
  throttled: 'retry',
  'server-error': 'retry',
  'connection-reset': 'retry',
  'answer-lost': 'retry',
  conflict: 'retry',
  denied: 'bug',
};

/** @returns which recorded failures of a tenant that met with these faults are said to be something else than they were, in words */
export function failureProblems(faults: readonly FaultCase[], events: readonly AuditEvent[]): string[] {
  return events.flatMap(({ type, step, data }) => {
    const { class: told, error } = (data['failure'] ?? {}) as { readonly class?: string; readonly error?: string };
    const expected = faults.filter(({ state }) => state === step).map(({ fault }) => classes[fault]);
    const known = type === 'StepFailed' && expected.length > 0 && !expected.includes(undefined);
    // A smoke test that had another outcome is our own failure, whatever kept it from having the right one.
    if (!known || error === 'CheckFailed' || expected.some((each) => each === told)) return [];
    return [`${step} failed with ${error}, and that is said to be of the class ${told} instead of ${expected.join(' or ')}.`];
  });
}
