import { ListSilos } from '../../contracts/routes.ts';
import { ListSilosQuery, type SiloPage } from '../../contracts/silos.ts';
import type { TenantStatus } from '../../contracts/tenant.ts';
import { apiHandler } from '../shared/api.ts';
import { catalog } from '../shared/catalog.ts';
import { environment } from '../shared/environment.ts';
import { listHeads, partitionsOf } from '../shared/tenant-list.ts';

/*
 * Lists the silos of tenants that are not at their end, newest signup first, with the version of the template that each was made of. By the tenants' records alone;
 * a tenant whose silo is not made yet is left out, so a page may be shorter than its limit.
 */

const lasting: readonly TenantStatus[] = ['PROVISIONING', 'ACTIVE', 'SUSPENDED'];

export const handler = apiHandler(ListSilos, async ({ query }) => {
  const currentVersion = environment('SILO_TEMPLATE_VERSION');
  const tiers = catalog().tiers.filter(({ steps }) => steps.some(({ step }) => step === 'DeploySilo'));
  const { heads, ...next } = await listHeads(
    tiers.map(({ tier }) => partitionsOf(lasting, tier)),
    ListSilosQuery.parse(query),
  );
  const body: SiloPage = {
    currentVersion,
    silos: heads.flatMap(({ tenantId, slug, tier, status, cell, silo }) => {
      if (!silo) return [];
      const { templateVersion } = silo;
      return [{ tenantId, slug, tier, status, ...(cell ? { cell } : {}), templateVersion, behind: templateVersion !== currentVersion }];
    }),
    ...next,
  };
  return { body };
});
