import { ArnPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { type Ability, Handler } from './handler.ts';
import { Silos } from './silos.ts';
import type { TenantData } from './tenant-data.ts';
import type { TenantRecords } from './tenant-records.ts';
import { TenantRole } from './tenant-role.ts';

export interface CredentialsVendorProps {
  readonly records: TenantRecords;
  readonly tenantData: TenantData;
}

/** The one function that may act as tenants, and the role in which it acts as pooled ones. Steps ask it, and can assume no tenant's role themselves. */
export class CredentialsVendor extends Construct {
  readonly handler: Handler;
  private readonly pooledTenant: TenantRole;

  constructor(scope: Construct, id: string, { records, tenantData }: CredentialsVendorProps) {
    super(scope, id);
    this.pooledTenant = new TenantRole(this, 'PooledTenantRole', { tenantData });
    this.handler = new Handler(this, 'VendCredentials', {
      folder: 'isolation',
      abilities: [
        records.readItems(),
        this.pooledRole(),
        { statements: [new PolicyStatement({ actions: TenantRole.actions, resources: [this.pooledTenant.roleArn] })] },
        Silos.assumeRoles(TenantRole.actions),
      ],
      timeoutSeconds: 10,
    });
    this.pooledTenant.trust(new ArnPrincipal(this.handler.role.roleArn));
    acknowledge(this.handler.function, {
      'Serverless-LambdaDLQ': 'Steps wait for the answer and are retried by their workflow; nobody invokes the function asynchronously.',
    });
  }

  /** To ask for the credentials of the tenant whose step is under way. */
  ask(): Ability {
    const { functionArn } = this.handler.function;
    return {
      environment: { VEND_CREDENTIALS_ARN: functionArn },
      statements: [new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] })],
    };
  }

  /** To know the role that pooled tenants share, without being able to assume it. */
  pooledRole(): Ability {
    return { environment: { POOLED_TENANT_ROLE_ARN: this.pooledTenant.roleArn } };
  }
}
