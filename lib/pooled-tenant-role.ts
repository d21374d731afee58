import { Duration } from 'aws-cdk-lib';
import { CfnRole, type IPrincipal, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Ability } from './handler.ts';
import type { TenantData } from './tenant-data.ts';

/**
 * The role in which a pooled tenant's data is reached. A session of it carries the tenant's id as a tag, and IAM compares the tag with the key of each
 * item that is touched: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
export class PooledTenantRole extends Construct {
  readonly roleArn: string;
  private readonly trust = new PolicyDocument();

  constructor(scope: Construct, id: string, { tenantData }: { readonly tenantData: TenantData }) {
    super(scope, id);
    const { table } = tenantData;
    const ownItems = table.onItems('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query', 'BatchGetItem');
    // ForAllValues alone is true when there is no key to compare, hence the second condition. Scan has no key and is not allowed at all.
    ownItems.addConditions({
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of IAM's policy language.
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['${aws:PrincipalTag/tenantId}'] },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    });
    // Of the first level, because who may assume it is known only when the steps that do are made.
    const role = new CfnRole(this, 'Role', {
      description: "Reaches one pooled tenant's data: the tenant's that the session is tagged with.",
      assumeRolePolicyDocument: this.trust,
      maxSessionDuration: Duration.hours(1).toSeconds(),
      policies: [{ policyName: 'OwnItems', policyDocument: new PolicyDocument({ statements: [ownItems, table.toWrite()] }) }],
    });
    this.roleArn = role.attrArn;
  }

  /** To act as a tenant: with exactly one tag, the tenant's id. */
  assume(): Ability {
    const actions = ['sts:AssumeRole', 'sts:TagSession'];
    return {
      environment: { POOLED_TENANT_ROLE_ARN: this.roleArn },
      statements: [new PolicyStatement({ actions, resources: [this.roleArn] })],
      trust: (principal: IPrincipal) =>
        this.trust.addStatements(
          new PolicyStatement({
            actions,
            principals: [principal],
            conditions: {
              Null: { 'aws:RequestTag/tenantId': 'false' },
              'ForAllValues:StringEquals': { 'aws:TagKeys': ['tenantId'] },
            },
          }),
        ),
    };
  }
}
