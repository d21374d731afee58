import type { TenantStatus } from '../../../contracts/tenant.ts';
import { stepsOf } from '../../../lambdas/shared/catalog.ts';
import type { TenantWorld } from '../world/world.ts';

/* What all stores have of a tenant when nothing goes on any more: of a signup that has expired, its records alone; of one with a silo, one of each. */

/** What stays of a signup that has expired: that it was, its trail, and what the provider knows. */
const stays = ['TenantRecords/Tenants', 'TenantRecords/Events', 'TenantRecords/Findings', 'PaymentProvider', 'Billing/Queue'];

const isNothing = (found: unknown) => found === undefined || (Array.isArray(found) && found.length === 0);

/** These know a tenant by its slug, which may be another's by now. */
const bySlug = (store: string) => store === 'Certificates' || store.endsWith('Zone');

const ofExpired = ({ comparable }: TenantWorld, slugIsFree: boolean): string[] =>
  Object.entries(comparable).flatMap(([store, found]) =>
    stays.includes(store) || (bySlug(store) && !slugIsFree) || isNothing(found)
      ? []
      : [`It has expired, and ${store} has ${JSON.stringify(found)}.`],
  );

interface Silo {
  readonly stack: { readonly StackStatus: string };
  readonly users: readonly object[];
}

function ofSilo({ comparable: { Silo: silo, Certificates: certificates, ...stores } }: TenantWorld): string[] {
  const { stack, users = [] } = (silo as Silo | undefined) ?? {};
  const names = Object.entries(stores).filter(([store, found]) => store.endsWith('Zone') && !isNothing(found));
  return [
    ...(stack?.StackStatus === 'CREATE_COMPLETE' ? [] : [`Its silo's stack is ${stack?.StackStatus}.`]),
    ...(users.length === 1 ? [] : [`Its silo has ${users.length} users.`]),
    ...((certificates as unknown[]).length === 1 ? [] : [`It has ${(certificates as unknown[]).length} certificates.`]),
    ...(names.length === 1 ? [] : ['Its host name has no records.']),
  ];
}

/** Whether all stores are to be looked at in the end. */
export const isLookedAt = (tier: string, status: TenantStatus) => status === 'EXPIRED' || stepsOf(tier).includes('DeploySilo');

/** @returns what the stores have of a tenant and must not have, or lack, in words */
export const brokenWorld = (status: TenantStatus, world: TenantWorld, slugIsFree: boolean): string[] =>
  status === 'EXPIRED' ? ofExpired(world, slugIsFree) : ofSilo(world);
