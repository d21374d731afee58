import { randomUUID } from 'node:crypto';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  account,
  assumeRole,
  type BareMiniStack,
  type Credentials,
  createRole,
  region,
  startBareMiniStack,
  trustService,
} from '../../support/bare-ministack.ts';
import { createStack, deployStack, settledStack, stackReasons, tableKeys } from '../../support/stacks.ts';

let stack: BareMiniStack;
let root: CloudFormationClient;
beforeAll(async () => {
  stack = await startBareMiniStack();
  root = new CloudFormationClient(stack.options());
});
afterAll(() => stack.stop());

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

test('a creation retried with its token is the same stack', async () => {
  const Resources = { Queue: { Type: 'AWS::SQS::Queue' } };
  const StackName = `stack-${randomUUID()}`;
  const first = await createStack(root, Resources, { StackName, ClientRequestToken: 'try-1' });
  expect((await createStack(root, Resources, { StackName, ClientRequestToken: 'try-1' })).StackId).toBe(first.StackId);
  await settledStack(stack, StackName);
  expect((await createStack(root, Resources, { StackName, ClientRequestToken: 'try-1' })).StackId).toBe(first.StackId);
  await expect(createStack(root, Resources, { StackName, ClientRequestToken: 'try-2' })).rejects.toMatchObject({
    name: 'AlreadyExistsException',
  });
});

test('a stack whose creation failed must be deleted before it is created again', async () => {
  const StackName = `stack-${randomUUID()}`;
  const broken = {
    Function: { Type: 'AWS::Lambda::Function', Properties: { Code: { S3Bucket: 'none', S3Key: 'none' }, Layers: ['arn:not-a-layer'] } },
  };
  expect((await deployStack(stack, broken, { StackName })).StackStatus).toBe('ROLLBACK_COMPLETE');
  await expect(createStack(root, { Queue: { Type: 'AWS::SQS::Queue' } }, { StackName })).rejects.toMatchObject({
    name: 'AlreadyExistsException',
  });
});

test('DeletionPolicy decides what a rollback leaves', async () => {
  const names = { Kept: `kept-${randomUUID()}`, Gone: `gone-${randomUUID()}` };
  const broken = { Function: { Type: 'AWS::Lambda::Function', DependsOn: ['Kept', 'Gone'], Properties: { Layers: ['arn:not-a-layer'] } } };
  await deployStack(stack, {
    Kept: { Type: 'AWS::DynamoDB::Table', DeletionPolicy: 'Retain', Properties: { ...tableKeys, TableName: names.Kept } },
    Gone: { Type: 'AWS::DynamoDB::Table', DeletionPolicy: 'RetainExceptOnCreate', Properties: { ...tableKeys, TableName: names.Gone } },
    ...broken,
  });
  const dynamo = new DynamoDBClient(stack.options());
  expect((await dynamo.send(new DescribeTableCommand({ TableName: names.Kept }))).Table?.TableName).toBe(names.Kept);
  await expect(dynamo.send(new DescribeTableCommand({ TableName: names.Gone }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

test('a stack may do what its role may, and only who may pass the role may use it', async () => {
  const tableArn = `arn:aws:dynamodb:${region}:${account}:table/silo-*`;
  const RoleARN = await createRole(
    stack,
    [{ Effect: 'Allow', Action: ['dynamodb:CreateTable', 'dynamodb:DeleteTable'], Resource: tableArn }],
    {
      trust: [trustService('cloudformation.amazonaws.com')],
    },
  );
  const silo = { Table: { Type: 'AWS::DynamoDB::Table', Properties: { ...tableKeys, TableName: `silo-${randomUUID()}` } } };
  await expect(createStack(new CloudFormationClient(stack.options(await callerWho(RoleARN, false))), silo, { RoleARN })).rejects.toThrow(
    /iam:PassRole/,
  );
  const client = new CloudFormationClient(stack.options(await callerWho(RoleARN, true)));
  const { StackId = '' } = await createStack(client, silo, { RoleARN });
  expect((await settledStack(stack, StackId)).StackStatus).toBe('CREATE_COMPLETE');
  const other = await createStack(
    client,
    { Table: { Type: 'AWS::DynamoDB::Table', Properties: { ...tableKeys, TableName: `pool-${randomUUID()}` } } },
    { RoleARN },
  );
  expect((await settledStack(stack, other.StackId ?? '')).StackStatus).toBe('ROLLBACK_COMPLETE');
  expect(await stackReasons(stack, other.StackId ?? '')).toContain('is not authorized to perform: dynamodb:CreateTable');
});

test('a stack without a role may do what its creator may', async () => {
  const creator = await assumeRole(
    stack,
    await createRole(stack, [{ Effect: 'Allow', Action: ['cloudformation:*', 'sqs:*'], Resource: '*' }]),
  );
  const client = new CloudFormationClient(stack.options(creator));
  const { StackId = '' } = await createStack(client, { Queue: { Type: 'AWS::SQS::Queue' }, Bucket: { Type: 'AWS::S3::Bucket' } });
  expect((await settledStack(stack, StackId)).StackStatus).toBe('ROLLBACK_COMPLETE');
  expect(await stackReasons(stack, StackId)).toMatch(/CREATE_FAILED .*s3:CreateBucket/);
});

test('a role that CloudFormation may not assume is refused', async () => {
  const RoleARN = await createRole(stack, [], { trust: [trustService('lambda.amazonaws.com')] });
  await expect(createStack(root, { Queue: { Type: 'AWS::SQS::Queue' } }, { RoleARN })).rejects.toMatchObject({ name: 'ValidationError' });
});

test('a role that may touch only what has a tag makes, completes and takes back a user pool and a key with it', async () => {
  const tagged = (key: string) => ({ StringEquals: { [`aws:${key}/owner`]: 'a' } });
  const RoleARN = await createRole(
    stack,
    [
      { Effect: 'Allow', Action: ['cognito-idp:CreateUserPool', 'kms:CreateKey'], Resource: '*', Condition: tagged('RequestTag') },
      {
        Effect: 'Allow',
        Action: ['cognito-idp:CreateUserPoolClient', 'cognito-idp:DeleteUserPool', 'cognito-idp:DeleteUserPoolClient'],
        Resource: `arn:aws:cognito-idp:${region}:${account}:userpool/*`,
        Condition: tagged('ResourceTag'),
      },
      {
        Effect: 'Allow',
        Action: 'kms:ScheduleKeyDeletion',
        Resource: `arn:aws:kms:${region}:${account}:key/*`,
        Condition: tagged('ResourceTag'),
      },
    ],
    { trust: [trustService('cloudformation.amazonaws.com')] },
  );
  const users = {
    Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: { Version: '2012-10-17', Statement: [] } } },
    Users: { Type: 'AWS::Cognito::UserPool', Properties: {} },
    Client: { Type: 'AWS::Cognito::UserPoolClient', Properties: { UserPoolId: { Ref: 'Users' } } },
  };
  const made = async (Resources: Parameters<typeof createStack>[1], owner: string) =>
    settledStack(stack, (await createStack(root, Resources, { RoleARN, Tags: [{ Key: 'owner', Value: owner }] })).StackId ?? '');
  expect((await made(users, 'a')).StackStatus).toBe('CREATE_COMPLETE');
  const failing = { ...users, Queue: { Type: 'AWS::SQS::Queue', DependsOn: ['Client', 'Key'] } };
  expect((await made(failing, 'a')).StackStatus).toBe('ROLLBACK_COMPLETE');
  expect(await stackReasons(stack, (await made(users, 'b')).StackId ?? '')).toMatch(/not authorized to perform: (kms|cognito-idp):Create/);
});

test('a caller may be held to one template and one role', async () => {
  const RoleARN = await createRole(stack, [{ Effect: 'Allow', Action: 'sqs:*', Resource: '*' }], {
    trust: [trustService('cloudformation.amazonaws.com')],
  });
  const Condition = { StringEquals: { 'cloudformation:RoleArn': RoleARN, 'cloudformation:TemplateUrl': 'https://templates/one.json' } };
  const caller = await createRole(stack, [
    { Effect: 'Allow', Action: 'cloudformation:CreateStack', Resource: '*', Condition },
    { Effect: 'Allow', Action: 'iam:PassRole', Resource: RoleARN },
  ]);
  const client = new CloudFormationClient(stack.options(await assumeRole(stack, caller)));
  const denied = { name: expect.stringMatching(/^AccessDenied/) };
  await expect(createStack(client, { Queue: { Type: 'AWS::SQS::Queue' } }, { RoleARN })).rejects.toMatchObject(denied);
  const TemplateBody = undefined;
  const fromUrl = (TemplateURL: string) => createStack(client, {}, { RoleARN, TemplateBody, TemplateURL });
  await expect(fromUrl('https://templates/other.json')).rejects.toMatchObject(denied);
  // The right one is let through to CloudFormation, which does not find it.
  await expect(fromUrl('https://templates/one.json')).rejects.toMatchObject({ name: 'ValidationError' });
});
