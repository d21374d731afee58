import { type AttributeType, Billing, type CfnGlobalTable, type TablePropsV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { type Kept, removalPolicyOf } from './kept.ts';
import { throughService } from './through-service.ts';

export interface ProtectedTableProps extends Omit<TablePropsV2, 'partitionKey' | 'encryption' | 'removalPolicy' | 'deletionProtection'> {
  readonly partitionKey: { readonly name: string; readonly type: AttributeType };
  readonly tableKey: IKey;
  /** Whether the table can be brought back as it was at any second of the last 35 days. */
  readonly recoverable: boolean;
  /** "always", unless it is said otherwise. */
  readonly kept?: Kept;
}

/** A table that neither a deployment nor a slip of the hand deletes: paid by request, encrypted under the deployment's own key. */
export class ProtectedTable extends TableV2 {
  readonly #key: IKey;

  constructor(scope: Construct, id: string, { tableKey, recoverable, kept = 'always', ...props }: ProtectedTableProps) {
    super(scope, id, {
      ...props,
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: recoverable },
      // A creation that fails could not take a protected table away again.
      deletionProtection: kept === 'always',
      removalPolicy: removalPolicyOf(kept),
    });
    this.#key = tableKey;
    // The construct renders a key only for a stack with a fixed Region: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-dynamodb-globaltable-replicassespecification.html
    const table = this.node.defaultChild as CfnGlobalTable;
    table.sseSpecification = { sseEnabled: true, sseType: 'KMS' };
    table.addPropertyOverride('Replicas.0.SSESpecification.KMSMasterKeyId', tableKey.keyArn);
  }

  /** Allows exactly these actions on the items of the table, and none on its indexes. */
  onItems(...actions: string[]): PolicyStatement {
    return new PolicyStatement({ actions: actions.map((action) => `dynamodb:${action}`), resources: [this.tableArn] });
  }

  /** Allows to query these indexes and nothing else. */
  onIndexes(...indexNames: string[]): PolicyStatement {
    return new PolicyStatement({ actions: ['dynamodb:Query'], resources: indexNames.map((name) => `${this.tableArn}/index/${name}`) });
  }

  /** Lets DynamoDB, and nobody else, use the table's key on behalf of who reads. */
  toRead(): PolicyStatement {
    return throughService('dynamodb', this.#key, 'kms:Decrypt');
  }

  /** Lets DynamoDB, and nobody else, use the table's key on behalf of who reads and writes. */
  toWrite(): PolicyStatement {
    return throughService('dynamodb', this.#key, 'kms:Decrypt', 'kms:GenerateDataKey');
  }
}
