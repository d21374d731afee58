import { CloudFormationClient, DeleteStackCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
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
import { DescribeSecretCommand, GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DescribeStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type BareMiniStack, region, startBareMiniStack } from '../../support/bare-ministack.ts';
import { deployStack, settledStack, stackReasons, tableKeys } from '../../support/stacks.ts';

let stack: BareMiniStack;

beforeAll(async () => {
  stack = await startBareMiniStack();
});
afterAll(() => stack.stop());

const trust = (Service: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }],
});

test('a bucket keeps its Object Lock, encryption and tags', async () => {
  const { refs } = await deployStack(stack, {
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
  const { refs } = await deployStack(stack, {
    Table: {
      Type,
      Properties: {
        ...tableKeys,
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
  const { refs } = await deployStack(stack, {
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

test('a secret is referred to by its ARN, which finds it, also after an update', async () => {
  const secret = (Description: string) => ({ Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { Description } } });
  const { refs, StackName = '' } = await deployStack(stack, secret('before'));
  const SecretId = refs['Secret'];
  expect(SecretId).toMatch(/^arn:aws:secretsmanager:[^:]+:\d{12}:secret:.+-\w{6}$/);
  const client = new SecretsManagerClient(stack.options());
  await client.send(new PutSecretValueCommand({ SecretId, SecretString: 'kept' }));
  const Outputs = { Secret: { Value: { Ref: 'Secret' } } };
  const TemplateBody = JSON.stringify({ Resources: secret('after'), Outputs });
  await new CloudFormationClient(stack.options()).send(new UpdateStackCommand({ StackName, TemplateBody }));
  expect((await settledStack(stack, StackName)).refs['Secret']).toBe(SecretId);
  expect(await client.send(new DescribeSecretCommand({ SecretId }))).toMatchObject({ Description: 'after', ARN: SecretId });
  expect(await client.send(new GetSecretValueCommand({ SecretId }))).toMatchObject({ SecretString: 'kept' });
});

test('what is protected or holds something is not deleted', async () => {
  const { StackId = '', refs } = await deployStack(stack, {
    Bucket: { Type: 'AWS::S3::Bucket' },
    Table: { Type: 'AWS::DynamoDB::Table', Properties: { ...tableKeys, DeletionProtectionEnabled: true } },
    Pool: { Type: 'AWS::Cognito::UserPool', Properties: { DeletionProtection: 'ACTIVE' } },
  });
  const s3 = new S3Client({ ...stack.options(), forcePathStyle: true });
  await s3.send(new PutObjectCommand({ Bucket: refs['Bucket'], Key: 'kept', Body: 'here' }));
  await new CloudFormationClient(stack.options()).send(new DeleteStackCommand({ StackName: StackId }));
  expect((await settledStack(stack, StackId)).StackStatus).toBe('DELETE_FAILED');
  const why = await stackReasons(stack, StackId);
  expect(why).toContain('The bucket you tried to delete is not empty');
  expect(why).toContain('protected against deletion');
  expect(why).toContain('deletion protection is activated');
});

test('an alarm on an expression can be deployed', async () => {
  const metric = { Metric: { Namespace: 'AWS/Lambda', MetricName: 'Errors' }, Period: 300, Stat: 'Sum' };
  const settled = await deployStack(stack, {
    Alarm: {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: {
        ComparisonOperator: 'GreaterThanThreshold',
        EvaluationPeriods: 1,
        Threshold: 1,
        Metrics: [
          { Id: 'twice', Expression: 'errors * 2' },
          { Id: 'errors', MetricStat: metric, ReturnData: false },
        ],
      },
    },
  });
  expect(settled.StackStatus).toBe('CREATE_COMPLETE');
});

test('a table that is there already is not taken over', async () => {
  const table = { Table: { Type: 'AWS::DynamoDB::Table', Properties: { ...tableKeys, TableName: 'taken' } } };
  expect((await deployStack(stack, table)).StackStatus).toBe('CREATE_COMPLETE');
  const dynamo = new DynamoDBClient(stack.options());
  await dynamo.send(new PutItemCommand({ TableName: 'taken', Item: { pk: { S: 'kept' } } }));
  const second = await deployStack(stack, table);
  expect(second.StackStatus).toBe('ROLLBACK_COMPLETE');
  expect(await stackReasons(stack, second.StackId ?? '')).toContain("with identifier 'taken' already exists");
  expect((await dynamo.send(new GetItemCommand({ TableName: 'taken', Key: { pk: { S: 'kept' } } }))).Item).toBeDefined();
});
