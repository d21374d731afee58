import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { deployAssembly } from '../../local/deploy.ts';
import { account, type BareMiniStack, region, startBareMiniStack, trustService } from '../support/bare-ministack.ts';

let stack: BareMiniStack;
let assembly: string;
let lines: string[];
beforeAll(async () => {
  stack = await startBareMiniStack();
});
afterAll(() => stack.stop());
beforeEach(async () => {
  assembly = await mkdtemp(join(tmpdir(), 'tenantry-assembly-'));
  lines = [];
});
afterEach(() => rm(assembly, { recursive: true }));

type Template = { Resources: Record<string, object>; Outputs?: Record<string, object> };

/** Writes a cloud assembly as the CDK does: stacks with those that they depend on, and one asset, the folder of a function. */
async function write(
  stacks: Record<string, { dependencies?: string[]; template: Template }>,
  source = 'exports.handler = async () => 1',
): Promise<void> {
  const artifacts = Object.entries(stacks).map(([id, { dependencies = [] }]) => [
    id,
    { type: 'aws:cloudformation:stack', dependencies, properties: { templateFile: `${id}.template.json` } },
  ]);
  await writeFile(join(assembly, 'manifest.json'), JSON.stringify({ artifacts: Object.fromEntries(artifacts) }));
  for (const [id, { template }] of Object.entries(stacks)) await writeFile(join(assembly, `${id}.template.json`), JSON.stringify(template));
  await mkdir(join(assembly, 'asset.code'), { recursive: true });
  await writeFile(join(assembly, 'asset.code', 'index.js'), source);
  const destinations = { here: { bucketName: 'assets', objectKey: 'code.zip' } };
  await writeFile(
    join(assembly, 'Any.assets.json'),
    JSON.stringify({ files: { code: { source: { path: 'asset.code', packaging: 'zip' }, destinations } } }),
  );
}

const deploy = () => deployAssembly(assembly, { ...stack.options(), account, region, log: (line) => lines.push(line) });

const table = (attribute: string) => ({
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: attribute, AttributeType: 'S' }],
    KeySchema: [{ AttributeName: attribute, KeyType: 'HASH' }],
  },
});
const role = {
  Type: 'AWS::IAM::Role',
  Properties: { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [trustService('lambda.amazonaws.com')] } },
};
const functionWith = (variables: object) => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
    Code: { S3Bucket: 'assets', S3Key: 'code.zip' },
    Environment: { Variables: variables },
  },
});

test('stacks hand values to each other, whichever stands first, and functions get their code', async () => {
  await write(
    {
      Reader: {
        dependencies: ['Store'],
        template: {
          Resources: { Role: role, Reader: functionWith({ TABLE: { 'Fn::ImportValue': 'Store:Table' } }) },
          Outputs: { ReaderName: { Value: { Ref: 'Reader' } } },
        },
      },
      Store: {
        template: {
          Resources: { Table: table('pk') },
          Outputs: { Shared: { Value: { Ref: 'Table' }, Export: { Name: 'Store:Table' } }, TableName: { Value: { Ref: 'Table' } } },
        },
      },
    },
    'exports.handler = async () => process.env.TABLE',
  );
  const outputs = await deploy();
  expect(Object.keys(outputs).toSorted()).toEqual(['ReaderName', 'TableName']);
  const answer = await new LambdaClient(stack.options()).send(new InvokeCommand({ FunctionName: outputs['ReaderName'] }));
  expect(JSON.parse(answer.Payload?.transformToString() ?? '')).toBe(outputs['TableName']);
  expect(lines).toEqual([
    expect.stringContaining('Published 1 assets'),
    expect.stringContaining('Store'),
    expect.stringContaining('Reader'),
  ]);
});

test('what is there is updated, and without a change left as it is', async () => {
  const queue = (seconds: number) => ({ Queue: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: seconds } } });
  const template = (seconds: number) => ({ Resources: queue(seconds), Outputs: { QueueUrl: { Value: { Ref: 'Queue' } } } });
  await write({ Updated: { template: template(30) } });
  const first = await deploy();
  expect(await deploy()).toEqual(first);
  await write({ Updated: { template: template(60) } });
  expect(await deploy()).toEqual(first);
});

test('a failure names the resource and the reason, and does not keep the next deployment from succeeding', async () => {
  const queue = { Type: 'AWS::SQS::Queue', Properties: {} };
  const policyFor = (arn: object) => ({
    Type: 'AWS::IAM::ManagedPolicy',
    Properties: { PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: arn }] } },
  });
  await write({ Mended: { template: { Resources: { Queue: queue, Policy: policyFor({ 'Fn::ImportValue': 'absent' }) } } } });
  await expect(deploy()).rejects.toThrow(/^Mended ended ROLLBACK_COMPLETE.*\n {2}Policy \(AWS::IAM::ManagedPolicy\): .*absent/s);
  await write({ Mended: { template: { Resources: { Queue: queue, Policy: policyFor({ 'Fn::GetAtt': ['Queue', 'Arn'] }) } } } });
  await deploy();
});
