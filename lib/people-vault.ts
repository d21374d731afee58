import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Ability } from './handler.ts';
import { ProtectedTable } from './protected-table.ts';

const text = (name: string) => ({ name, type: AttributeType.STRING });

/** Where names and addresses are kept, and nowhere else: each tenant's under a data key of its own, which PeopleKey wraps. */
export class PeopleVault extends Construct {
  readonly people: ProtectedTable;
  readonly peopleKeys: ProtectedTable;
  readonly peopleKey: Key;

  constructor(scope: Construct, id: string, { tableKey }: { readonly tableKey: IKey }) {
    super(scope, id);
    this.peopleKey = new Key(this, 'PeopleKey', {
      description: "Tenantry: wraps each tenant's data key, with the tenant's id as encryption context.",
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.people = new ProtectedTable(this, 'People', {
      tableKey,
      recoverable: true,
      partitionKey: text('tenantId'),
      sortKey: text('personId'),
    });
    // No recovery here: once a tenant's data key is deleted, its people must be unreadable everywhere, in restored tables too.
    this.peopleKeys = new ProtectedTable(this, 'PeopleKeys', { tableKey, recoverable: false, partitionKey: text('tenantId') });
  }

  /** To make a new tenant's data key and put its first person under it. */
  sealNewTenant(): Ability {
    return {
      environment: this.environment(),
      statements: [
        this.people.onItems('PutItem'),
        this.peopleKeys.onItems('PutItem'),
        this.people.toWrite(),
        this.usePeopleKey('kms:GenerateDataKey'),
      ],
    };
  }

  /** To read a person. */
  open(): Ability {
    return {
      environment: this.environment(),
      statements: [
        this.people.onItems('GetItem'),
        this.peopleKeys.onItems('GetItem'),
        this.people.toRead(),
        this.usePeopleKey('kms:Decrypt'),
      ],
    };
  }

  /** To put a person in the place of what is known of them. */
  change(): Ability {
    const { statements = [], ...rest } = this.open();
    return { ...rest, statements: [...statements, this.people.onItems('PutItem'), this.people.toWrite()] };
  }

  /** To erase the person of a signup, and the key without which no copy can be read. */
  eraseSignup(): Ability {
    const { PEOPLE_KEY_ID: _notUsed, ...environment } = this.environment();
    return {
      environment,
      statements: [this.people.onItems('DeleteItem'), this.peopleKeys.onItems('DeleteItem'), this.people.toWrite()],
    };
  }

  /** To erase all people of a tenant, with the key. */
  erase(): Ability {
    const { statements = [], ...rest } = this.eraseSignup();
    return { ...rest, statements: [...statements, this.people.onItems('Query')] };
  }

  private environment() {
    return {
      PEOPLE_TABLE: this.people.tableName,
      PEOPLE_KEYS_TABLE: this.peopleKeys.tableName,
      PEOPLE_KEY_ID: this.peopleKey.keyId,
    };
  }

  /** Never without a tenant: a data key that is not bound to one could be moved to another. */
  private usePeopleKey(action: string) {
    return new PolicyStatement({
      actions: [action],
      resources: [this.peopleKey.keyArn],
      conditions: { Null: { 'kms:EncryptionContext:tenantId': 'false' } },
    });
  }
}
