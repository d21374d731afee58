import { environment } from './environment.ts';
import type { Tenant } from './tenants.ts';

/** @returns the role in which the tenant's data is reached */
export const tenantRoleArn = ({ silo }: Tenant): string => silo?.roleArn ?? environment('POOLED_TENANT_ROLE_ARN');
