import { deleteCertificatesOf } from './certificates.ts';
import { deleteTenantRecords } from './dns-records.ts';
import { hostNameOf, tenantDomain } from './tenant-domain.ts';
import type { Tenant } from './tenants.ts';

/**
 * Undoes RegisterHostName: deletes the tenant's certificates and records, and leaves alone what is another's or is not there. May be repeated. The records go last,
 * because they say whose the name is.
 */
export async function releaseHostName({ slug, tenantId, hostName: registered }: Tenant): Promise<void> {
  const domain = tenantDomain();
  if (!domain) return;
  const hostName = registered ?? hostNameOf(slug, domain);
  await deleteCertificatesOf(tenantId, hostName);
  await deleteTenantRecords(domain, hostName, tenantId);
}
