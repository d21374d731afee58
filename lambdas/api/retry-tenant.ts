import type { RetryRequest } from '../../contracts/retry.ts';
import { RetryTenant } from '../../contracts/routes.ts';
import { apiHandler } from '../shared/api.ts';
import { correct } from '../shared/corrections.ts';

/* Corrects what was sent at signup, by a recorded change, and has the failed run go on with it. */
export const handler = apiHandler(RetryTenant, async ({ path, body, staffId }) => ({
  body: await correct(path['tenantId'] as string, body as RetryRequest, staffId),
}));
