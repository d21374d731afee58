import { environment } from './environment.ts';
import type { Tenant } from './tenants.ts';

/** Where a tenant's data is kept: a table for items, a bucket for objects, and a key for what the tenant encrypts itself. */
export interface Stores {
  readonly tableName: string;
  readonly bucketName: string;
  readonly keyId: string;
}

/** The stores that the pooled tenants share. */
export const pooledStores = (): Stores => ({
  tableName: environment('TENANT_DATA_TABLE'),
  bucketName: environment('TENANT_DATA_BUCKET'),
  keyId: environment('TENANT_DATA_KEY_ID'),
});

/** @returns the tenant's own stores, or those that it shares */
export const storesOf = ({ silo }: Tenant): Stores => silo ?? pooledStores();
