import type { Check } from '../../contracts/steps.ts';
import type { VendedCredentials } from '../../contracts/vending.ts';
import { itemChecks } from './item-checks.ts';
import { keyChecks } from './key-checks.ts';
import { objectChecks } from './object-checks.ts';
import { pooledStores, type Stores, storesOf } from './stores.ts';
import type { Tenant } from './tenants.ts';

/** A tenant that never exists: what is its own is another tenant's to everyone. */
const foreignTenantId = '00000000-0000-4000-8000-000000000000';

/** Where a tenant's data is, and whose it is. */
export interface Place {
  readonly stores: Stores;
  readonly tenantId: string;
}

/** What must come of one call, made with the tenant's credentials. */
export interface Attempt {
  readonly check: string;
  readonly expected: Check['expected'];
  readonly call: () => Promise<unknown>;
}

/** What a call came to: "allowed", or "denied" by IAM. Any other error says nothing of either, and is the caller's: a throttle is no failed check. */
async function outcomeOf(call: () => Promise<unknown>): Promise<string> {
  try {
    const answer = await call();
    return typeof answer === 'string' ? answer : 'allowed';
  } catch (error) {
    if (error instanceof Error && /^AccessDenied(Exception)?$/.test(error.name)) return 'denied';
    throw error;
  }
}

async function inTurn(attempts: readonly Attempt[]): Promise<Check[]> {
  const checks: Check[] = [];
  for (const { check, expected, call } of attempts) checks.push({ check, expected, outcome: await outcomeOf(call) });
  return checks;
}

/**
 * Tries a representative use of each kind of store with the tenant's own credentials, on its own data and on another tenant's. Whatever it wrote is deleted, also
 * what should not have been possible. The kinds are tried at the same time; all have ended when this returns or throws, so that a repeat meets nobody.
 */
export async function proveIsolation(credentials: VendedCredentials, tenant: Tenant): Promise<Check[]> {
  const stores = storesOf(tenant);
  const own: Place = { stores, tenantId: tenant.tenantId };
  const others: [whose: string, place: Place][] = [
    ["another tenant's", { stores, tenantId: foreignTenantId }],
    // Who has a silo has nothing to do with what the others share, not even under its own id.
    ...(tenant.silo ? [["a shared store's", { stores: pooledStores(), tenantId: tenant.tenantId }] as [string, Place]] : []),
  ];
  const kinds = [itemChecks, objectChecks, keyChecks].map((kind) => inTurn(kind(credentials, own, others)));
  const ended = await Promise.allSettled(kinds);
  return ended.flatMap((kind) => {
    if (kind.status === 'rejected') throw kind.reason;
    return kind.value;
  });
}
