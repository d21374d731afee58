import { announcing } from '../shared/announcement.ts';
import { stepHandler } from '../shared/step.ts';

/* Tells everyone who listens that the tenant works. It cannot be undone; abandoning is not for tenants that work, and offboarding emits its own events. */
export const handler = stepHandler({
  name: 'EmitTenantProvisioned',
  during: 'ACTIVE',
  ...announcing('TenantProvisioned'),
});
