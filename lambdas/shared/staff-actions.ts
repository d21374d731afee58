import type { FailureClass } from '../../contracts/steps.ts';

const actions: Record<FailureClass, string> = {
  retry: 'See that the service behind it is well.',
  'needs input': "Read the step's article in the runbook, and correct what was sent.",
  quota: 'Raise the limit in Service Quotas.',
  bug: 'Mend it and deploy.',
};

/** @returns what staff do about a failure of this class; the customer is told something else. `<tenantId>` stands for the tenant's id */
export const staffAction = (failureClass: FailureClass) => `${actions[failureClass]} Then: tenantry redrive <tenantId> --reason '…'`;
