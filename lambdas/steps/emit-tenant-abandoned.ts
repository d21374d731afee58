import { announcing } from '../shared/announcement.ts';
import { stepHandler } from '../shared/step.ts';

/* Tells everyone who listens that the tenant will not be. It cannot be undone. */
export const handler = stepHandler({
  name: 'EmitTenantAbandoned',
  during: 'ABANDONED',
  ...announcing('TenantAbandoned'),
});
