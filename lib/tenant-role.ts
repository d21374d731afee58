import { Duration } from 'aws-cdk-lib';
import { type ArnPrincipal, CfnRole, type IPrincipal, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from './acknowledge.ts';
import type { TenantData } from './tenant-data.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of IAM's policy language.
const sessionsTenant = '${aws:PrincipalTag/tenantId}';

export interface TenantRoleProps {
  readonly tenantData: TenantData;
  /** Who may assume the role; for the pool it is told by `trust`, because the function that may is made later. */
  readonly assumedBy?: ArnPrincipal;
  /** The one tenant whose sessions the role has; without it, any tenant's. */
  readonly tenantId?: string;
  readonly named?: { readonly roleName: string; readonly path: string; readonly permissionsBoundary: string };
}

/**
 * The role in which a tenant's data is reached. A session of it carries the tenant's id as a tag, and IAM compares the tag with the key of each item, the prefix of
 * each object and the encryption context of each data key: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_iam-tags.html
 */
export class TenantRole extends Construct {
  static readonly actions = ['sts:AssumeRole', 'sts:TagSession'];
  readonly roleArn: string;
  private readonly trustPolicy = new PolicyDocument();
  private readonly tenantId: string | undefined;

  constructor(scope: Construct, id: string, { tenantData, assumedBy, tenantId, named }: TenantRoleProps) {
    super(scope, id);
    this.tenantId = tenantId;
    if (assumedBy) this.trust(assumedBy);
    const policy = new PolicyDocument({ statements: ownData(tenantData) });
    // Of the first level, because who may assume it is known only when the function that does is made.
    const role = new CfnRole(this, 'Role', {
      description: "Reaches one tenant's data: the tenant's that the session is tagged with.",
      assumeRolePolicyDocument: this.trustPolicy,
      maxSessionDuration: Duration.hours(1).toSeconds(),
      policies: [{ policyName: 'OwnData', policyDocument: policy }],
      ...named,
    });
    acknowledgeWildcards(role, policy, "All objects under the prefix that is the session's tenant, and no others.");
    this.roleArn = role.attrArn;
  }

  /** Lets somebody act as a tenant: with exactly one tag, the tenant's id. */
  trust(principal: IPrincipal): void {
    this.trustPolicy.addStatements(
      new PolicyStatement({
        actions: TenantRole.actions,
        principals: [principal],
        conditions: {
          ...(this.tenantId
            ? { StringEquals: { 'aws:RequestTag/tenantId': this.tenantId } }
            : { Null: { 'aws:RequestTag/tenantId': 'false' } }),
          'ForAllValues:StringEquals': { 'aws:TagKeys': ['tenantId'] },
        },
      }),
    );
  }
}

function ownData({ table, bucket, tenantKey }: TenantData): PolicyStatement[] {
  const items = table.onItems('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query', 'BatchGetItem');
  // ForAllValues alone is true when there is no key to compare, hence the second condition. Scan has no key and is not allowed at all.
  items.addConditions({
    'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [sessionsTenant] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  });
  return [
    items,
    table.toWrite(),
    bucket.onObjects(`${sessionsTenant}/`, 'GetObject', 'PutObject', 'DeleteObject'),
    bucket.toList(`${sessionsTenant}/`),
    bucket.toWrite(),
    new PolicyStatement({
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: [tenantKey.keyArn],
      conditions: { StringEquals: { 'kms:EncryptionContext:tenantId': sessionsTenant } },
    }),
  ];
}
