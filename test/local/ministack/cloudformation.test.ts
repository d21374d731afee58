import { randomUUID } from 'node:crypto';
import {
  CloudFormationClient,
  CreateStackCommand,
  type CreateStackCommandInput,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetBucketEncryptionCommand,
  GetBucketTaggingCommand,
  GetObjectLockConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { DescribeStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  account,
  assumeRole,
  type BareMiniStack,
  type Credentials,
  createRole,
  eventually,
  region,
  startBareMiniStack,
  trustService,
} from '../../support/bare-ministack.ts';

type Resources = Record<string, { Type: string; DeletionPolicy?: string; Properties?: Record<string, unknown> }>;

let stack: BareMiniStack;
let root: CloudFormationClient;

beforeAll(async () => {
  stack = await startBareMiniStack();
  root = new CloudFormationClient(stack.options());
}, 180_000);
afterAll(() => stack.stop());

function create(client: CloudFormationClient, Resources: Resources, more: Partial<CreateStackCommandInput> = {}) {
  const TemplateBody = JSON.stringify({
    Resources,
    Outputs: Object.fromEntries(Object.keys(Resources).map((id) => [id, { Value: { Ref: id } }])),
  });
  return client.send(
    new CreateStackCommand({ StackName: `stack-${randomUUID()}`, TemplateBody, Capabilities: ['CAPABILITY_NAMED_IAM'], ...more }),
  );
}

async function settled(StackName: string): Promise<Stack & { refs: Record<string, string> }> {
  const found = await eventually('The end of a stack operation', async () => {
    const [current] = (await root.send(new DescribeStacksCommand({ StackName }))).Stacks ?? [];
    return current?.StackStatus?.endsWith('IN_PROGRESS') ? undefined : current;
  });
  return { ...found, refs: Object.fromEntries((found.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue ?? ''])) };
}

async function deploy(Resources: Resources, more: Partial<CreateStackCommandInput> = {}) {
  const { StackId = '' } = await create(root, Resources, more);
  return settled(StackId);
}

async function reasons(StackName: string): Promise<string> {
  const { StackEvents = [] } = await root.send(new DescribeStackEventsCommand({ StackName }));
  return StackEvents.map(({ ResourceStatus, ResourceStatusReason }) => `${ResourceStatus} ${ResourceStatusReason}`).join('\n');
}

const trust = (Service: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }],
});
const keys = {
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  BillingMode: 'PAY_PER_REQUEST',
};

test('a bucket keeps its Object Lock, encryption and tags', async () => {
  const { refs } = await deploy({
    Bucket: {
      Type: 'AWS::S3::Bucket',
      Properties: {
        ObjectLockEnabled: true,
        ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 1 } } },
        BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
        Tags: [{ Key: 'purpose', Value: 'audit & proof' }],
      },
    },
  });
  const s3 = new S3Client({ ...stack.options(), forcePathStyle: true });
  const Bucket = refs['Bucket'];
  expect((await s3.send(new GetObjectLockConfigurationCommand({ Bucket }))).ObjectLockConfiguration).toEqual({
    ObjectLockEnabled: 'Enabled',
    Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 1 } },
  });
  const [rule] = (await s3.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration?.Rules ?? [];
  expect(rule).toMatchObject({ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } });
  expect((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toContainEqual({ Key: 'purpose', Value: 'audit & proof' });
});

test.each([
  ['AWS::DynamoDB::Table', (more: Record<string, unknown>) => more],
  [
    'AWS::DynamoDB::GlobalTable',
    ({ TimeToLiveSpecification, SSESpecification, ...more }: Record<string, unknown>) => ({
      TimeToLiveSpecification,
      SSESpecification,
      Replicas: [{ Region: region, ...more }],
    }),
  ],
])('%s keeps recovery, time to live, encryption and deletion protection', async (Type, place) => {
  const { refs } = await deploy({
    Table: {
      Type,
      Properties: {
        ...keys,
        ...place({
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
          DeletionProtectionEnabled: true,
          SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        }),
      },
    },
  });
  const dynamo = new DynamoDBClient(stack.options());
  const TableName = refs['Table'];
  expect((await dynamo.send(new DescribeTableCommand({ TableName }))).Table).toMatchObject({
    DeletionProtectionEnabled: true,
    SSEDescription: { Status: 'ENABLED', SSEType: 'KMS' },
  });
  const recovery = await dynamo.send(new DescribeContinuousBackupsCommand({ TableName }));
  expect(recovery.ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).toBe('ENABLED');
  expect((await dynamo.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription).toEqual({
    AttributeName: 'expiresAt',
    TimeToLiveStatus: 'ENABLED',
  });
});

test('a role keeps its boundary, a function its reserved concurrency and failure queue, a state machine its logging and tracing', async () => {
  const boundary = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
  const { refs } = await deploy({
    Queue: { Type: 'AWS::SQS::Queue' },
    Log: { Type: 'AWS::Logs::LogGroup' },
    FunctionRole: {
      Type: 'AWS::IAM::Role',
      Properties: { AssumeRolePolicyDocument: trust('lambda.amazonaws.com'), PermissionsBoundary: boundary },
    },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: { 'Fn::GetAtt': ['FunctionRole', 'Arn'] },
        Code: { ZipFile: 'exports.handler = async () => {}' },
        ReservedConcurrentExecutions: 3,
        DeadLetterConfig: { TargetArn: { 'Fn::GetAtt': ['Queue', 'Arn'] } },
      },
    },
    MachineRole: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust('states.amazonaws.com') } },
    Machine: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: {
        RoleArn: { 'Fn::GetAtt': ['MachineRole', 'Arn'] },
        DefinitionString: JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Done', States: { Done: { Type: 'Succeed' } } }),
        LoggingConfiguration: {
          Level: 'ALL',
          IncludeExecutionData: false,
          Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: { 'Fn::GetAtt': ['Log', 'Arn'] } } }],
        },
        TracingConfiguration: { Enabled: true },
      },
    },
  });
  const { Role } = await new IAMClient(stack.options()).send(new GetRoleCommand({ RoleName: refs['FunctionRole'] }));
  expect(Role?.PermissionsBoundary?.PermissionsBoundaryArn).toBe(boundary);
  const found = await new LambdaClient(stack.options()).send(new GetFunctionCommand({ FunctionName: refs['Function'] }));
  expect(found.Concurrency?.ReservedConcurrentExecutions).toBe(3);
  expect(found.Configuration?.DeadLetterConfig?.TargetArn).toMatch(/^arn:aws:sqs:/);
  const machine = await new SFNClient(stack.options()).send(new DescribeStateMachineCommand({ stateMachineArn: refs['Machine'] }));
  expect(machine.loggingConfiguration).toMatchObject({
    level: 'ALL',
    destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: expect.stringMatching(/^arn:/) } }],
  });
  expect(machine.tracingConfiguration).toEqual({ enabled: true });
});

test('what is protected or holds something is not deleted', async () => {
  const { StackId = '', refs } = await deploy({
    Bucket: { Type: 'AWS::S3::Bucket' },
    Table: { Type: 'AWS::DynamoDB::Table', Properties: { ...keys, DeletionProtectionEnabled: true } },
    Pool: { Type: 'AWS::Cognito::UserPool', Properties: { DeletionProtection: 'ACTIVE' } },
  });
  const s3 = new S3Client({ ...stack.options(), forcePathStyle: true });
  await s3.send(new PutObjectCommand({ Bucket: refs['Bucket'], Key: 'kept', Body: 'here' }));
  await root.send(new DeleteStackCommand({ StackName: StackId }));
  expect((await settled(StackId)).StackStatus).toBe('DELETE_FAILED');
  const why = await reasons(StackId);
  expect(why).toContain('The bucket you tried to delete is not empty');
  expect(why).toContain('protected against deletion');
  expect(why).toContain('deletion protection is activated');
});

test('a creation retried with its token is the same stack', async () => {
  const Resources = { Queue: { Type: 'AWS::SQS::Queue' } };
  const StackName = `stack-${randomUUID()}`;
  const first = await create(root, Resources, { StackName, ClientRequestToken: 'try-1' });
  expect((await create(root, Resources, { StackName, ClientRequestToken: 'try-1' })).StackId).toBe(first.StackId);
  await settled(StackName);
  expect((await create(root, Resources, { StackName, ClientRequestToken: 'try-1' })).StackId).toBe(first.StackId);
  await expect(create(root, Resources, { StackName, ClientRequestToken: 'try-2' })).rejects.toMatchObject({
    name: 'AlreadyExistsException',
  });
});

test('a stack whose creation failed must be deleted before it is created again', async () => {
  const StackName = `stack-${randomUUID()}`;
  const broken = {
    Function: { Type: 'AWS::Lambda::Function', Properties: { Code: { S3Bucket: 'none', S3Key: 'none' }, Layers: ['arn:not-a-layer'] } },
  };
  expect((await deploy(broken, { StackName })).StackStatus).toBe('ROLLBACK_COMPLETE');
  await expect(create(root, { Queue: { Type: 'AWS::SQS::Queue' } }, { StackName })).rejects.toMatchObject({
    name: 'AlreadyExistsException',
  });
});

test('DeletionPolicy decides what a rollback leaves', async () => {
  const names = { Kept: `kept-${randomUUID()}`, Gone: `gone-${randomUUID()}` };
  const broken = { Function: { Type: 'AWS::Lambda::Function', DependsOn: ['Kept', 'Gone'], Properties: { Layers: ['arn:not-a-layer'] } } };
  await deploy({
    Kept: { Type: 'AWS::DynamoDB::Table', DeletionPolicy: 'Retain', Properties: { ...keys, TableName: names.Kept } },
    Gone: { Type: 'AWS::DynamoDB::Table', DeletionPolicy: 'RetainExceptOnCreate', Properties: { ...keys, TableName: names.Gone } },
    ...broken,
  });
  const dynamo = new DynamoDBClient(stack.options());
  expect((await dynamo.send(new DescribeTableCommand({ TableName: names.Kept }))).Table?.TableName).toBe(names.Kept);
  await expect(dynamo.send(new DescribeTableCommand({ TableName: names.Gone }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

async function callerWho(roleArn: string, mayPass: boolean): Promise<Credentials> {
  const statements = [{ Effect: 'Allow', Action: 'cloudformation:*', Resource: '*' }];
  const pass = {
    Effect: 'Allow',
    Action: 'iam:PassRole',
    Resource: roleArn,
    Condition: { StringEquals: { 'iam:PassedToService': 'cloudformation.amazonaws.com' } },
  };
  return assumeRole(stack, await createRole(stack, mayPass ? [...statements, pass] : statements));
}

test('a stack may do what its role may, and only who may pass the role may use it', async () => {
  const tableArn = `arn:aws:dynamodb:${region}:${account}:table/silo-*`;
  const RoleARN = await createRole(
    stack,
    [{ Effect: 'Allow', Action: ['dynamodb:CreateTable', 'dynamodb:DeleteTable'], Resource: tableArn }],
    {
      trust: [trustService('cloudformation.amazonaws.com')],
    },
  );
  const silo = { Table: { Type: 'AWS::DynamoDB::Table', Properties: { ...keys, TableName: `silo-${randomUUID()}` } } };
  await expect(create(new CloudFormationClient(stack.options(await callerWho(RoleARN, false))), silo, { RoleARN })).rejects.toThrow(
    /iam:PassRole/,
  );
  const client = new CloudFormationClient(stack.options(await callerWho(RoleARN, true)));
  const { StackId = '' } = await create(client, silo, { RoleARN });
  expect((await settled(StackId)).StackStatus).toBe('CREATE_COMPLETE');
  const other = await create(
    client,
    { Table: { Type: 'AWS::DynamoDB::Table', Properties: { ...keys, TableName: `pool-${randomUUID()}` } } },
    { RoleARN },
  );
  expect((await settled(other.StackId ?? '')).StackStatus).toBe('ROLLBACK_COMPLETE');
  expect(await reasons(other.StackId ?? '')).toContain('is not authorized to perform: dynamodb:CreateTable');
});

test('a stack without a role may do what its creator may', async () => {
  const creator = await assumeRole(
    stack,
    await createRole(stack, [{ Effect: 'Allow', Action: ['cloudformation:*', 'sqs:*'], Resource: '*' }]),
  );
  const client = new CloudFormationClient(stack.options(creator));
  const { StackId = '' } = await create(client, { Queue: { Type: 'AWS::SQS::Queue' }, Bucket: { Type: 'AWS::S3::Bucket' } });
  expect((await settled(StackId)).StackStatus).toBe('ROLLBACK_COMPLETE');
  expect(await reasons(StackId)).toMatch(/CREATE_FAILED .*s3:CreateBucket/);
});

test('a role that CloudFormation may not assume is refused', async () => {
  const RoleARN = await createRole(stack, [], { trust: [trustService('lambda.amazonaws.com')] });
  await expect(create(root, { Queue: { Type: 'AWS::SQS::Queue' } }, { RoleARN })).rejects.toMatchObject({ name: 'ValidationError' });
});
