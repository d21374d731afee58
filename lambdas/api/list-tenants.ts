import * as z from 'zod/mini';
import { ListTenants } from '../../contracts/routes.ts';
import { ListTenantsQuery, type TenantPage, TenantStatus, TenantSummary } from '../../contracts/tenant.ts';
import { apiHandler } from '../shared/api.ts';
import { listHeads, partitionsOf } from '../shared/tenant-list.ts';

/* Lists tenants, newest first, of a status, of a tier, of both, or all. */

export const handler = apiHandler(ListTenants, async ({ query }) => {
  const { status, tier, ...page } = ListTenantsQuery.parse(query);
  const { heads, ...next } = await listHeads([partitionsOf(status ? [status] : TenantStatus.options, tier)], page);
  const body: TenantPage = {
    // A tenant that has moved on since the index was written is not what was asked for.
    tenants: heads.filter((head) => !status || head.status === status).map((head) => z.object(TenantSummary.shape).parse(head)),
    ...next,
  };
  return { body };
});
