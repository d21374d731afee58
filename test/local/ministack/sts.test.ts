import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  account,
  assumeRole,
  type BareMiniStack,
  type Credentials,
  createRole,
  policy,
  type Statement,
  startBareMiniStack,
  trustAccount,
} from '../../support/bare-ministack.ts';

let stack: BareMiniStack;
beforeAll(async () => {
  stack = await startBareMiniStack();
});
afterAll(() => stack.stop());

const denied = { name: 'AccessDenied' };
const may = (...Action: string[]): Statement => ({ Effect: 'Allow', Action, Resource: '*' });
const trustWhen = (Condition: Statement): Statement => ({ ...trustAccount, Condition });
const tag = (Key: string, Value: string) => ({ Key, Value });

/** A session of a role that may do these things, as somebody who assumes roles in turn. */
async function caller(...actions: string[]): Promise<Credentials> {
  return assumeRole(stack, await createRole(stack, [may(...actions)]));
}

test('session tags need the permission to pass them, on both sides', async () => {
  const open = await createRole(stack, []);
  const Tags = [tag('tenantId', 'a')];
  await expect(assumeRole(stack, open, { Tags }, await caller('sts:AssumeRole'))).rejects.toMatchObject(denied);
  await assumeRole(stack, open, {}, await caller('sts:AssumeRole'));
  await assumeRole(stack, open, { Tags }, await caller('sts:AssumeRole', 'sts:TagSession'));
  const untaggable = await createRole(stack, [], { trust: [{ ...trustAccount, Action: 'sts:AssumeRole' }] });
  await expect(assumeRole(stack, untaggable, { Tags }, await caller('sts:AssumeRole', 'sts:TagSession'))).rejects.toMatchObject(denied);
});

test('a trust policy decides by the tags that are passed', async () => {
  const onlyTenantId = await createRole(stack, [], {
    trust: [trustWhen({ StringLike: { 'aws:RequestTag/tenantId': 't-*' }, 'ForAllValues:StringEquals': { 'aws:TagKeys': ['tenantId'] } })],
  });
  await assumeRole(stack, onlyTenantId, { Tags: [tag('tenantId', 't-1')] });
  await expect(assumeRole(stack, onlyTenantId, { Tags: [tag('tenantId', 'x-1')] })).rejects.toMatchObject(denied);
  await expect(assumeRole(stack, onlyTenantId, { Tags: [tag('tenantId', 't-1'), tag('admin', 'yes')] })).rejects.toMatchObject(denied);
  await expect(assumeRole(stack, onlyTenantId)).rejects.toMatchObject(denied);
});

test('a transitive tag goes with every further role and cannot be replaced', async () => {
  const Bucket = 'transitive';
  const root = new S3Client({ ...stack.options(), forcePathStyle: true });
  await root.send(new CreateBucketCommand({ Bucket }));
  await root.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
  const reader = await createRole(stack, [
    { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/\${aws:PrincipalTag/tenantId}` },
  ]);
  const first = await createRole(stack, [may('sts:AssumeRole', 'sts:TagSession')]);
  const read = async (session: Credentials) => {
    const s3 = new S3Client({ ...stack.options(session), forcePathStyle: true });
    return (await s3.send(new GetObjectCommand({ Bucket, Key: 'a' }))).$metadata.httpStatusCode;
  };
  const Tags = [tag('tenantId', 'a')];
  const transitive = await assumeRole(stack, first, { Tags, TransitiveTagKeys: ['tenantId'] });
  expect(await read(await assumeRole(stack, reader, {}, transitive))).toBe(200);
  await expect(assumeRole(stack, reader, { Tags: [tag('tenantId', 'b')] }, transitive)).rejects.toMatchObject({
    name: 'InvalidParameterValue',
  });
  const notTransitive = await assumeRole(stack, first, { Tags });
  await expect(read(await assumeRole(stack, reader, {}, notTransitive))).rejects.toMatchObject(denied);
});

test('a session lasts no longer than the role allows, and an hour at most from another session', async () => {
  const short = await createRole(stack, []);
  await expect(assumeRole(stack, short, { DurationSeconds: 3601 })).rejects.toThrow(/MaxSessionDuration/);
  const long = await createRole(stack, [], { maxSessionSeconds: 7200 });
  await assumeRole(stack, long, { DurationSeconds: 7200 });
  await expect(assumeRole(stack, long, { DurationSeconds: 7200 }, await caller('sts:AssumeRole'))).rejects.toThrow(/role chaining/);
});

test('a user’s variables and a deny in a trust policy are evaluated', async () => {
  const iam = new IAMClient(stack.options());
  await iam.send(new CreateUserCommand({ UserName: 'zoe' }));
  await iam.send(new PutUserPolicyCommand({ UserName: 'zoe', PolicyName: 'assume', PolicyDocument: policy([may('sts:AssumeRole')]) }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'zoe' }));
  const zoe = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  const named = await createRole(stack, [], { trust: [trustWhen({ StringEquals: { 'sts:RoleSessionName': `\${aws:username}` } })] });
  await assumeRole(stack, named, { RoleSessionName: 'zoe' }, zoe);
  await expect(assumeRole(stack, named, { RoleSessionName: 'other' }, zoe)).rejects.toMatchObject(denied);
  const shut = await createRole(stack, [], {
    trust: [trustAccount, { Effect: 'Deny', Principal: { AWS: `arn:aws:iam::${account}:user/zoe` }, Action: 'sts:AssumeRole' }],
  });
  await expect(assumeRole(stack, shut, {}, zoe)).rejects.toMatchObject(denied);
});
