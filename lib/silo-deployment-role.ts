import { Aws } from 'aws-cdk-lib';
import { type IManagedPolicy, Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeWildcards } from './acknowledge.ts';
import { siloNames } from './silo-names.ts';

/**
 * The role in which CloudFormation makes a silo, and nothing but silos. It reads none of their data. The actions are those that the resource types' handlers
 * need to create, read and delete what the template has: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-type-schemas.html
 */
export class SiloDeploymentRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, { boundary }: { readonly boundary: IManagedPolicy }) {
    super(scope, id);
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('cloudformation.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description: 'What CloudFormation may do when it makes a silo.',
    });
    const named = new Policy(this, 'NamedResources', { roles: [this.role], statements: namedResources(boundary.managedPolicyArn) });
    acknowledgeWildcards(
      named,
      named.document,
      "The resources of all silos, which have a prefix of their own: a tenant's id is known when its silo is made.",
    );
    const unnamed = new Policy(this, 'KeysAndUserPools', { roles: [this.role], statements: keysAndUserPools() });
    acknowledgeWildcards(
      unnamed,
      unnamed.document,
      'Keys and user pools get their names when they are made. They are told by the tag that every silo has.',
    );
    acknowledge(unnamed, {
      'Serverless-StarPermissions': 'A key or a user pool that is yet to be made has no name that a grant could say.',
    });
  }
}

const actions = (service: string, ...names: string[]) => names.map((name) => `${service}:${name}`);

function namedResources(boundaryArn: string): PolicyStatement[] {
  const { tableName, roleName, rolePath } = siloNames('*');
  const table = `arn:${Aws.PARTITION}:dynamodb:${Aws.REGION}:${Aws.ACCOUNT_ID}:table/${tableName}`;
  const bucket = `arn:${Aws.PARTITION}:s3:::tenantry-silo-*`;
  const role = `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role${rolePath}${roleName}`;
  return [
    new PolicyStatement({
      actions: actions(
        'dynamodb',
        ...['CreateTable', 'DescribeTable', 'UpdateTable', 'DeleteTable', 'TagResource', 'UntagResource', 'ListTagsOfResource'],
        ...['DescribeContinuousBackups', 'UpdateContinuousBackups', 'DescribeContributorInsights', 'DescribeTimeToLive'],
        ...['DescribeKinesisStreamingDestination', 'DescribeTableReplicaAutoScaling', 'GetResourcePolicy'],
      ),
      resources: [table],
    }),
    new PolicyStatement({
      actions: actions(
        's3',
        ...[
          'CreateBucket',
          'DeleteBucket',
          'GetBucketPolicy',
          'PutBucketPolicy',
          'DeleteBucketPolicy',
          'PutBucketTagging',
          'GetBucketTagging',
        ],
        ...['PutEncryptionConfiguration', 'GetEncryptionConfiguration', 'PutBucketPublicAccessBlock', 'GetBucketPublicAccessBlock'],
        ...['PutBucketOwnershipControls', 'GetBucketOwnershipControls', 'PutBucketVersioning', 'GetBucketVersioning'],
        ...['PutLifecycleConfiguration', 'GetLifecycleConfiguration'],
      ),
      resources: [bucket],
    }),
    // No role without the boundary, so that who can change the template cannot make a role that does more.
    new PolicyStatement({
      actions: actions('iam', 'CreateRole', 'PutRolePolicy', 'PutRolePermissionsBoundary'),
      resources: [role],
      conditions: { StringEquals: { 'iam:PermissionsBoundary': boundaryArn } },
    }),
    new PolicyStatement({
      actions: actions(
        'iam',
        'GetRole',
        'GetRolePolicy',
        'ListRolePolicies',
        'ListAttachedRolePolicies',
        'DeleteRole',
        'DeleteRolePolicy',
        'TagRole',
      ),
      resources: [role],
    }),
    // https://docs.aws.amazon.com/cognito/latest/developerguide/using-service-linked-roles.html
    new PolicyStatement({
      actions: ['iam:CreateServiceLinkedRole'],
      resources: [
        `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/aws-service-role/email.cognito-idp.amazonaws.com/AWSServiceRoleForAmazonCognitoIdpEmailService`,
      ],
    }),
  ];
}

function keysAndUserPools(): PolicyStatement[] {
  const key = `arn:${Aws.PARTITION}:kms:${Aws.REGION}:${Aws.ACCOUNT_ID}:key/*`;
  const userPool = `arn:${Aws.PARTITION}:cognito-idp:${Aws.REGION}:${Aws.ACCOUNT_ID}:userpool/*`;
  return [
    new PolicyStatement({
      actions: ['kms:CreateKey', 'kms:TagResource', 'cognito-idp:CreateUserPool', 'cognito-idp:TagResource'],
      resources: ['*'],
      conditions: { Null: { 'aws:RequestTag/tenantry:tenantId': 'false' } },
    }),
    new PolicyStatement({
      actions: [
        ...actions('kms', 'DescribeKey', 'EnableKeyRotation', 'GetKeyPolicy', 'GetKeyRotationStatus', 'ListResourceTags', 'PutKeyPolicy'),
        // CreateGrant: DynamoDB keeps a grant of its own on a table's key. GenerateDataKey and Decrypt prove at creation that it works.
        ...actions('kms', 'CreateGrant', 'GenerateDataKey', 'Decrypt', 'ScheduleKeyDeletion'),
      ],
      resources: [key],
      conditions: { Null: { 'aws:ResourceTag/tenantry:tenantId': 'false' } },
    }),
    new PolicyStatement({
      actions: actions(
        'cognito-idp',
        ...['DescribeUserPool', 'UpdateUserPool', 'DeleteUserPool', 'GetUserPoolMfaConfig', 'SetUserPoolMfaConfig', 'ListTagsForResource'],
        ...['CreateUserPoolClient', 'DescribeUserPoolClient', 'DeleteUserPoolClient'],
      ),
      resources: [userPool],
      conditions: { Null: { 'aws:ResourceTag/tenantry:tenantId': 'false' } },
    }),
  ];
}
