import { environment, optionalEnvironment } from './environment.ts';
import { BuildFailed } from './errors.ts';

/** Below which the tenants have their names: a hosted zone that holds nothing else, and what the names lead to. */
export interface TenantDomain {
  readonly name: string;
  readonly hostedZoneId: string;
  readonly target: string;
}

/** @returns what the deployment has decided, or undefined where it gives tenants no names */
export const tenantDomain = (): TenantDomain | undefined =>
  tenantDomainName()
    ? { name: environment('TENANT_DOMAIN'), hostedZoneId: environment('TENANT_HOSTED_ZONE_ID'), target: environment('TENANT_TARGET') }
    : undefined;

/** @returns its name alone */
export const tenantDomainName = () => optionalEnvironment('TENANT_DOMAIN');

export const hostNameOf = (slug: string, domain: TenantDomain) => `${slug}.${domain.name}`;

/** A certificate's first name may not be longer: https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html */
const longestHostName = 64;

/** @returns how many characters a slug may have that becomes a name below the domain; without a domain there is no limit */
export const longestSlug = (domainName = tenantDomainName()): number =>
  domainName ? longestHostName - domainName.length - 1 : Number.POSITIVE_INFINITY;

/** Signups are refused before; a domain that was changed since may be longer. @throws BuildFailed when no certificate can have the name */
export function refuseLongSlug(slug: string, { name }: TenantDomain): void {
  if (slug.length <= longestSlug(name)) return;
  throw new BuildFailed(`The slug is too long for a name below ${name}: it may have ${longestSlug(name)} characters.`, {
    class: 'needs input',
    code: 'NameTooLong',
  });
}
