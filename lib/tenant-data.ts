import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Ability } from './handler.ts';
import { ProtectedTable } from './protected-table.ts';

const text = (name: string) => ({ name, type: AttributeType.STRING });

/** The data of the pooled tenants: one table, and each tenant reaches the items under its own id alone (lib/pooled-tenant-role.ts). */
export class TenantData extends Construct {
  readonly table: ProtectedTable;

  constructor(scope: Construct, id: string, { tableKey }: { readonly tableKey: IKey }) {
    super(scope, id);
    this.table = new ProtectedTable(this, 'Table', {
      tableKey,
      recoverable: true,
      partitionKey: text('tenantId'),
      sortKey: text('itemId'),
    });
  }

  /** To know the table. Its items are reached in a tenant's own session only. */
  name(): Ability {
    return { environment: { TENANT_DATA_TABLE: this.table.tableName } };
  }
}
