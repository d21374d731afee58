import type { FailureClass } from '../../../contracts/steps.ts';
import type { AuditEvent } from '../../../contracts/tenant.ts';
import type { Failure } from '../../../lambdas/shared/errors.ts';
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

/** Who meets with what is another tenant's says so, for whoever has to decide what becomes of it; a smoke test tells which check had another outcome. */
function conflictProblems(faults: readonly FaultCase[], events: readonly AuditEvent[]): string[] {
  return faults.flatMap(({ state, fault, way }) => {
    const told = events.findLast(({ type, step }) => type === 'StepFailed' && step === state)?.data['failure'] as
      | Partial<Failure>
      | undefined;
    const isTold = told?.error === 'CheckFailed' || (told?.error === 'Conflict' && told.class === 'needs input' && told.nextAction);
    // The events are those of whoever signed up after the one that was given up.
    return fault !== 'occupied' || way === 'abandon' || isTold
      ? []
      : [`${state} met with what is another tenant's, and that is told as ${JSON.stringify(told)}.`];
  });
}

/** @returns which recorded failures of a tenant that met with these faults are said to be something else than they were, in words */
export function failureProblems(faults: readonly FaultCase[], events: readonly AuditEvent[]): string[] {
  const misnamed = events.flatMap(({ type, step, data }) => {
    const { class: told, error } = (data['failure'] ?? {}) as { readonly class?: string; readonly error?: string };
    const expected = faults.filter(({ state }) => state === step).map(({ fault }) => classes[fault]);
    const known = type === 'StepFailed' && expected.length > 0 && !expected.includes(undefined);
    // A smoke test that had another outcome is our own failure, whatever kept it from having the right one.
    if (!known || error === 'CheckFailed' || expected.some((each) => each === told)) return [];
    return [`${step} failed with ${error}, and that is said to be of the class ${told} instead of ${expected.join(' or ')}.`];
  });
  return [...misnamed, ...conflictProblems(faults, events)];
}
