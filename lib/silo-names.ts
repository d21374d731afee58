import { Aws } from 'aws-cdk-lib';

const prefix = 'tenantry-silo-';

/**
 * The names of what a silo consists of. They begin alike, so that what makes silos may make nothing else, and hold the tenant's id, so that no silo can be
 * taken for another's.
 * @param tenantId an id, or a pattern or variable that stands for one
 */
export const siloNames = (tenantId: string) => ({
  stackName: `Tenantry-Silo-${tenantId}`,
  tableName: `${prefix}${tenantId}`,
  // 14 + 36 + 1 + 12 characters: the most that a bucket's name may have.
  bucketName: `${prefix}${tenantId}-${Aws.ACCOUNT_ID}`,
  roleName: `${prefix}${tenantId}`,
  rolePath: '/tenantry/silo/',
});
