import { RedriveTenant } from '../../contracts/routes.ts';
import type { RedriveRequest } from '../../contracts/tenant.ts';
import { apiHandler } from '../shared/api.ts';
import { goOn } from '../shared/redrive.ts';

/* Has a failed run go on: by RedriveExecution, as the Step Functions console does it, or by a next generation where that cannot be. */
export const handler = apiHandler(RedriveTenant, async ({ path, body, staffId }) => ({
  body: await goOn(path['tenantId'] as string, body as RedriveRequest, staffId),
}));
