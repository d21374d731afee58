import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { DataBucket } from './data-bucket.ts';
import type { Ability } from './handler.ts';
import type { Kept } from './kept.ts';
import { ProtectedTable } from './protected-table.ts';

const text = (name: string) => ({ name, type: AttributeType.STRING });

export interface TenantDataProps {
  /** Encrypts table and bucket; the services alone use it, on their callers' behalf. */
  readonly storageKey: IKey;
  /** What tenants encrypt themselves, each under its own id as encryption context. */
  readonly tenantKey: IKey;
  readonly kept: Kept;
  /** Names that the stores must have; without them CloudFormation makes some. */
  readonly named?: { readonly tableName: string; readonly bucketName: string };
}

/** Where tenants' data is kept: a table, a bucket and a key. Each tenant reaches what is under its own id alone (lib/tenant-role.ts). */
export class TenantData extends Construct {
  readonly table: ProtectedTable;
  readonly bucket: DataBucket;
  readonly tenantKey: IKey;

  constructor(scope: Construct, id: string, { storageKey, tenantKey, kept, named }: TenantDataProps) {
    super(scope, id);
    this.tenantKey = tenantKey;
    this.table = new ProtectedTable(this, 'Table', {
      tableKey: storageKey,
      recoverable: true,
      kept,
      partitionKey: text('tenantId'),
      sortKey: text('itemId'),
      ...(named ? { tableName: named.tableName } : {}),
    });
    this.bucket = new DataBucket(this, 'Bucket', { encryptionKey: storageKey, kept, ...(named ? { bucketName: named.bucketName } : {}) });
  }

  /** To know the stores. What is in them is reached in a tenant's own session only. */
  names(): Ability {
    return {
      environment: {
        TENANT_DATA_TABLE: this.table.tableName,
        TENANT_DATA_BUCKET: this.bucket.bucketName,
        TENANT_DATA_KEY_ID: this.tenantKey.keyId,
      },
    };
  }
}
