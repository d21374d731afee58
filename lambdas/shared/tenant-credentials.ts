import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { dynamodbWith, sts } from './clients.ts';
import { environment } from './environment.ts';
import type { Tenant } from './tenants.ts';

/**
 * The only way to a tenant's data: credentials of the pooled role, tagged with the tenant's id, which IAM compares with each key that is touched
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html). The tenant comes from its record, never from a caller's argument.
 */
export async function tenantDocuments(tenant: Tenant) {
  const { Credentials } = await sts().send(
    new AssumeRoleCommand({
      RoleArn: environment('POOLED_TENANT_ROLE_ARN'),
      RoleSessionName: tenant.tenantId,
      DurationSeconds: 900,
      Tags: [{ Key: 'tenantId', Value: tenant.tenantId }],
    }),
  );
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = Credentials ?? {};
  if (!accessKeyId || !secretAccessKey || !sessionToken) throw new Error('STS answered AssumeRole without credentials.');
  return dynamodbWith({ accessKeyId, secretAccessKey, sessionToken });
}
