import type { FailureClass } from '../../contracts/steps.ts';

const redrive = "tenantry redrive <tenantId> --reason '…'";
const retry = "tenantry retry <tenantId> --input <field>=<value> --reason '…'";

const actions: Record<FailureClass, string> = {
  retry: `See that the service behind it is well. Then: ${redrive}`,
  'needs input': `Read the step's article in the runbook. To correct what was sent: ${retry}. When what was in its way is mended: ${redrive}`,
  quota: `Raise the limit in Service Quotas. Then: ${redrive}`,
  bug: `Mend it and deploy. Then: ${redrive}`,
};

/** @returns what staff do about a failure of this class; the customer is told something else. `<tenantId>` stands for the tenant's id */
export const staffAction = (failureClass: FailureClass) => actions[failureClass];
