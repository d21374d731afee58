import { AttributeType, ProjectionType, StreamViewType } from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { TenantStatus } from '../contracts/tenant.ts';
import type { Ability } from './handler.ts';
import { ProtectedTable } from './protected-table.ts';

const text = (name: string) => ({ name, type: AttributeType.STRING });

/** What is true of each tenant, and the audit events that say how it came to be. The two are written in one transaction. */
export class TenantRecords extends Construct {
  readonly tenants: ProtectedTable;
  readonly events: ProtectedTable;
  /** What was found wrong; opened and closed in the transaction of the audit event. */
  readonly findings: ProtectedTable;

  constructor(scope: Construct, id: string, { tableKey }: { readonly tableKey: IKey }) {
    super(scope, id);
    this.tenants = new ProtectedTable(this, 'Tenants', {
      tableKey,
      recoverable: true,
      partitionKey: text('pk'),
      sortKey: text('sk'),
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      // Keys only: a list reads the tenants that it shows, so that an index holds nothing that can be out of date or must be erased.
      globalSecondaryIndexes: [
        {
          indexName: 'ByStatus',
          partitionKey: text('statusPartition'),
          sortKey: text('listPosition'),
          projectionType: ProjectionType.KEYS_ONLY,
        },
        {
          indexName: 'ByTier',
          partitionKey: text('tierPartition'),
          sortKey: text('listPosition'),
          projectionType: ProjectionType.KEYS_ONLY,
        },
        // Sparse: a head is in it while its run is unfinished.
        {
          indexName: 'Unfinished',
          partitionKey: text('unfinishedPartition'),
          sortKey: text('listPosition'),
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
    });
    this.events = new ProtectedTable(this, 'Events', {
      tableKey,
      recoverable: true,
      partitionKey: text('tenantId'),
      sortKey: { name: 'seq', type: AttributeType.NUMBER },
      resourcePolicy: new PolicyDocument({ statements: [appendOnly()] }),
    });
    this.findings = new ProtectedTable(this, 'Findings', {
      tableKey,
      recoverable: true,
      partitionKey: text('subject'),
      sortKey: text('findingId'),
      // Whole findings: a list answers what it finds, and nothing in a finding must be erased.
      globalSecondaryIndexes: [
        {
          indexName: 'ByState',
          partitionKey: text('statePartition'),
          sortKey: text('listPosition'),
          projectionType: ProjectionType.ALL,
        },
        { indexName: 'ByKind', partitionKey: text('kindPartition'), sortKey: text('listPosition'), projectionType: ProjectionType.ALL },
      ],
    });
  }

  /** To change a tenant: head, step record and audit event in one transaction (lambdas/shared/commit.ts). */
  commit(): Ability {
    return {
      environment: { TENANTS_TABLE: this.tenants.tableName, EVENTS_TABLE: this.events.tableName },
      statements: [this.tenants.onItems('GetItem', 'PutItem'), this.events.onItems('PutItem'), this.tenants.toWrite()],
    };
  }

  /** To read single items: a head, a step's record, a marker. */
  readItems(): Ability {
    return {
      environment: { TENANTS_TABLE: this.tenants.tableName },
      statements: [this.tenants.onItems('GetItem'), this.tenants.toRead()],
    };
  }

  /** To read a tenant with the records of its steps. */
  readTenant(): Ability {
    return {
      environment: { TENANTS_TABLE: this.tenants.tableName },
      statements: [this.tenants.onItems('Query'), this.tenants.toRead()],
    };
  }

  /** To list tenants by status and by tier. */
  listTenants(): Ability {
    return {
      environment: { TENANTS_TABLE: this.tenants.tableName },
      statements: [this.tenants.onIndexes('ByStatus', 'ByTier'), this.tenants.onItems('BatchGetItem'), this.tenants.toRead()],
    };
  }

  /** To find tenants whose run is unfinished. */
  findUnfinished(): Ability {
    return {
      environment: { TENANTS_TABLE: this.tenants.tableName },
      statements: [this.tenants.onIndexes('Unfinished'), this.tenants.toRead()],
    };
  }

  /** To open and close findings, beside the right to commit (lambdas/shared/findings.ts). */
  changeFindings(): Ability {
    return {
      environment: { FINDINGS_TABLE: this.findings.tableName },
      statements: [this.findings.onItems('GetItem', 'PutItem', 'Query'), this.findings.toWrite()],
    };
  }

  /** To list findings: of a tenant, of a kind, or all that are open or closed. */
  listFindings(): Ability {
    return {
      environment: { FINDINGS_TABLE: this.findings.tableName },
      statements: [this.findings.onItems('Query'), this.findings.onIndexes('ByState', 'ByKind'), this.findings.toRead()],
    };
  }

  /** To go through the findings of a kind. */
  findByKind(): Ability {
    return {
      environment: { FINDINGS_TABLE: this.findings.tableName },
      statements: [this.findings.onIndexes('ByKind'), this.findings.toRead()],
    };
  }

  /** To list the tenants of a tier. */
  listByTier(): Ability {
    return {
      environment: { TENANTS_TABLE: this.tenants.tableName },
      statements: [this.tenants.onIndexes('ByTier'), this.tenants.onItems('BatchGetItem'), this.tenants.toRead()],
    };
  }

  /** To find tenants by their status, without reading what they are. */
  findByStatus(): Ability {
    return {
      environment: { TENANTS_TABLE: this.tenants.tableName },
      statements: [this.tenants.onIndexes('ByStatus'), this.tenants.toRead()],
    };
  }

  /** To find tenants by their tier and status, without reading what they are. */
  findByTier(): Ability {
    return {
      environment: { TENANTS_TABLE: this.tenants.tableName },
      statements: [this.tenants.onIndexes('ByTier'), this.tenants.toRead()],
    };
  }

  /** To give a slug back: only rows that claim a slug can be deleted. */
  releaseSlug(): Ability {
    const release = this.tenants.onItems('DeleteItem');
    release.addConditions(leadingKeys('SLUG#*'));
    return { environment: { TENANTS_TABLE: this.tenants.tableName }, statements: [release] };
  }

  /** To take a place in a cell, or give it back: the one counter that a cell has. */
  countSilos(): Ability {
    const count = this.tenants.onItems('UpdateItem');
    count.addConditions(leadingKeys('CELL#*'));
    return { environment: { TENANTS_TABLE: this.tenants.tableName }, statements: [count] };
  }

  /** To read how many silos each cell has. */
  readCells(): Ability {
    const counters = this.tenants.onItems('GetItem');
    counters.addConditions(leadingKeys('CELL#*'));
    return { environment: { TENANTS_TABLE: this.tenants.tableName }, statements: [counters, this.tenants.toRead()] };
  }

  /** To remember that a mail was sent. */
  markMail(): Ability {
    return {
      environment: { TENANTS_TABLE: this.tenants.tableName },
      statements: [this.tenants.onItems('GetItem', 'PutItem'), this.tenants.toWrite()],
    };
  }

  /** To read a tenant's audit events. */
  readEvents(): Ability {
    return {
      environment: { EVENTS_TABLE: this.events.tableName },
      statements: [this.events.onItems('Query'), this.events.toRead()],
    };
  }
}

/** Items whose partition key is like this. ForAllValues alone is true when there is no key to compare, hence the second condition. */
const leadingKeys = (pattern: string) => ({
  'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [pattern] },
  Null: { 'dynamodb:LeadingKeys': 'false' },
});

/**
 * Nobody changes or deletes an audit event, whatever their own policies say. That a new event does not overwrite an old one cannot be said in a
 * policy: the condition on each write says it.
 */
const appendOnly = () =>
  new PolicyStatement({
    sid: 'AppendOnly',
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    // A batch is an action of its own, and can delete: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
    actions: ['UpdateItem', 'DeleteItem', 'BatchWriteItem', 'PartiQLUpdate', 'PartiQLDelete'].map((action) => `dynamodb:${action}`),
    // In a policy of the table's own this is the table: its generated name would be a circle.
    resources: ['*'],
  });

const isHead = { sk: { S: ['TENANT'] } };

/** The records of the table's stream that say: a tenant was signed up. */
export const signedUp = { eventName: ['INSERT'], dynamodb: { NewImage: isHead } };

/** The records of the table's stream that say: a tenant's status changed in this way. */
export const statusChanged = (from: TenantStatus, to: TenantStatus) => ({
  eventName: ['MODIFY'],
  dynamodb: { NewImage: { ...isHead, status: { S: [to] } }, OldImage: { status: { S: [from] } } },
});
