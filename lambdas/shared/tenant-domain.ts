import { environment } from './environment.ts';
import { BuildFailed } from './errors.ts';

/** Below which the tenants have their names: a hosted zone that holds nothing else, and what the names lead to. */
export interface TenantDomain {
  readonly name: string;
  readonly hostedZoneId: string;
  readonly target: string;
}

/** @returns what the deployment has decided, or undefined where it gives tenants no names */
export const tenantDomain = (): TenantDomain | undefined =>
  process.env['TENANT_DOMAIN']
    ? { name: environment('TENANT_DOMAIN'), hostedZoneId: environment('TENANT_HOSTED_ZONE_ID'), target: environment('TENANT_TARGET') }
    : undefined;

export const hostNameOf = (slug: string, domain: TenantDomain) => `${slug}.${domain.name}`;

/** A certificate's first name may not be longer: https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html */
const longestHostName = 64;

/** @throws BuildFailed when no certificate can have the name */
export function refuseLongName(hostName: string, domain: TenantDomain): void {
  if (hostName.length <= longestHostName) return;
  const most = longestHostName - domain.name.length - 1;
  throw new BuildFailed(`The slug is too long for a name below ${domain.name}: it may have ${most} characters.`, {
    class: 'needs input',
    code: 'NameTooLong',
  });
}
