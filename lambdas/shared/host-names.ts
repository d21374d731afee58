import { deleteCertificatesOf } from './certificates.ts';
import { deleteTenantRecords } from './dns-records.ts';
import { hostNameOf, tenantDomain } from './tenant-domain.ts';
import type { Tenant } from './tenants.ts';

/**
 * Undoes RegisterHostName: deletes the tenant's certificates and records, and leaves alone what is another's or is not there. May be repeated. The records go last,
 * because they say whose the name is.
 * @returns what could not be undone, in words for staff: the deployment has rights in its own domain alone
 */
export async function releaseHostName({
  slug,
  tenantId,
  hostName: registered,
  certificateArn,
}: Pick<Tenant, 'slug' | 'tenantId' | 'hostName' | 'certificateArn'>): Promise<string | undefined> {
  const domain = tenantDomain();
  if (registered && !(domain && registered.endsWith(`.${domain.name}`)))
    return `The name ${registered} and the certificate ${certificateArn} stay: the deployment has had another domain since.`;
  if (!domain) return undefined;
  const hostName = registered ?? hostNameOf(slug, domain);
  await deleteCertificatesOf(tenantId, hostName);
  await deleteTenantRecords(domain, hostName, tenantId);
  return undefined;
}
