import { Aws, BootstraplessSynthesizer, CfnOutput, CfnParameter, type IStackSynthesizer, Stack } from 'aws-cdk-lib';
import { ArnPrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Configuration } from './configuration.ts';
import { removalPolicyOf } from './kept.ts';
import { siloNames } from './silo-names.ts';
import { TenantData } from './tenant-data.ts';
import { TenantRole } from './tenant-role.ts';
import { TenantUsers } from './tenant-users.ts';

/** What one tenant has of its own. DeploySilo makes a stack of this template for each silo tenant; nobody else deploys it. */
export class SiloStack extends Stack {
  constructor(scope: Construct, id: string, configuration: Configuration) {
    // Nothing in it is an asset, so it needs nothing of a bootstrapped account. The cast: the CDK's types are not exact about absent properties.
    super(scope, id, {
      synthesizer: new BootstraplessSynthesizer() as IStackSynthesizer,
      description: "Tenantry: one tenant's own data, key and users.",
    });
    const parameter = (name: string, description: string, allowedPattern: string) =>
      new CfnParameter(this, name, { type: 'String', description, allowedPattern }).valueAsString;
    const tenantId = parameter('TenantId', 'Whose silo it is.', '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$');
    const vendorRoleArn = parameter('VendorRoleArn', 'Who may act as the tenant.', '^arn:.+$');
    const boundaryArn = parameter('BoundaryArn', "What the tenant's role can never exceed.", '^arn:.+$');
    const names = siloNames(tenantId);
    const kept = 'once created';

    const key = new Key(this, 'Key', {
      description: "Tenantry: encrypts one tenant's table and bucket, and what the tenant encrypts itself.",
      enableKeyRotation: true,
      removalPolicy: removalPolicyOf(kept),
    });
    const tenantData = new TenantData(this, 'TenantData', { storageKey: key, tenantKey: key, kept, named: names });
    const tenantUsers = new TenantUsers(this, 'TenantUsers', { ...configuration, kept });
    const role = new TenantRole(this, 'TenantRole', {
      tenantData,
      tenantId,
      assumedBy: new ArnPrincipal(vendorRoleArn),
      named: { roleName: names.roleName, path: names.rolePath, permissionsBoundary: boundaryArn },
    });

    for (const [name, value] of Object.entries({
      TableName: tenantData.table.tableName,
      BucketName: tenantData.bucket.bucketName,
      KeyId: key.keyId,
      UserPoolId: tenantUsers.userPool.userPoolId,
      ProbeClientId: tenantUsers.probeClient.userPoolClientId,
      RoleArn: role.roleArn,
      Region: Aws.REGION,
    }))
      new CfnOutput(this, name, { value });
  }
}
