import { randomUUID } from 'node:crypto';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { CreatePolicyCommand, CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  assumeRole,
  type BareMiniStack,
  createRole,
  policy,
  type Statement,
  startBareMiniStack,
  trustAccount,
  trustService,
} from '../../support/bare-ministack.ts';

/** A placeholder of IAM's, not of JavaScript's. */
const variable = (key: string) => `\${${key}}`;
const Bucket = 'tenants-files';
const denied = { name: 'AccessDenied' };
let stack: BareMiniStack;
let root: S3Client;

beforeAll(async () => {
  stack = await startBareMiniStack();
  root = new S3Client({ ...stack.options(), forcePathStyle: true });
  await root.send(new CreateBucketCommand({ Bucket }));
  for (const Key of ['a/file', 'b/file', 'default/file', '*/file']) await root.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
});
afterAll(() => stack.stop());

/** A session of a role with these statements, with this session tag. */
async function tenant(statements: Statement[], tenantId?: string): Promise<S3Client> {
  const Tags = tenantId === undefined ? [] : [{ Key: 'tenantId', Value: tenantId }];
  return new S3Client({ ...stack.options(await assumeRole(stack, await createRole(stack, statements), { Tags })), forcePathStyle: true });
}

const read = (client: S3Client, Key: string) => client.send(new GetObjectCommand({ Bucket, Key }));
const ownFiles = (key: string): Statement => ({
  Effect: 'Allow',
  Action: 's3:GetObject',
  Resource: `arn:aws:s3:::${Bucket}/${variable(key)}/*`,
});

test('a variable in a resource is the caller’s tag', async () => {
  const a = await tenant([ownFiles('aws:PrincipalTag/tenantId')], 'a');
  expect(await (await read(a, 'a/file')).Body?.transformToString()).toBe('a/file');
  await expect(read(a, 'b/file')).rejects.toMatchObject(denied);
});

test('a tag that is a wildcard is only itself', async () => {
  const star = await tenant([ownFiles('aws:PrincipalTag/tenantId')], '*');
  await expect(read(star, 'a/file')).rejects.toMatchObject(denied);
  expect((await read(star, '*/file')).$metadata.httpStatusCode).toBe(200);
});

test('a variable without a value matches nothing, and one with a default the default', async () => {
  await expect(read(await tenant([ownFiles('aws:PrincipalTag/tenantId')]), 'a/file')).rejects.toMatchObject(denied);
  const withDefault = await tenant([ownFiles("aws:PrincipalTag/tenantId, 'default'")]);
  expect((await read(withDefault, 'default/file')).$metadata.httpStatusCode).toBe(200);
  await expect(read(withDefault, 'a/file')).rejects.toMatchObject(denied);
});

test('a policy of the old version has no variables', async () => {
  const RoleName = `role-${randomUUID()}`;
  const iam = new IAMClient(stack.options());
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: policy([trustAccount]) }));
  const PolicyDocument = JSON.stringify({ Version: '2008-10-17', Statement: [ownFiles('aws:PrincipalTag/tenantId')] });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'old', PolicyDocument }));
  const session = await assumeRole(stack, Role?.Arn ?? '', { Tags: [{ Key: 'tenantId', Value: 'a' }] });
  await expect(read(new S3Client({ ...stack.options(session), forcePathStyle: true }), 'a/file')).rejects.toMatchObject(denied);
});

test('a deny with a variable, in the bucket’s own policy, holds against an allow', async () => {
  const Guarded = `guarded-${randomUUID()}`;
  await root.send(new CreateBucketCommand({ Bucket: Guarded }));
  for (const Key of ['a/file', 'b/file']) await root.send(new PutObjectCommand({ Bucket: Guarded, Key, Body: Key }));
  const Policy = policy([
    {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:GetObject',
      NotResource: `arn:aws:s3:::${Guarded}/${variable('aws:PrincipalTag/tenantId')}/*`,
    },
  ]);
  await root.send(new PutBucketPolicyCommand({ Bucket: Guarded, Policy }));
  const a = await tenant([{ Effect: 'Allow', Action: 's3:*', Resource: '*' }], 'a');
  expect((await a.send(new GetObjectCommand({ Bucket: Guarded, Key: 'a/file' }))).$metadata.httpStatusCode).toBe(200);
  await expect(a.send(new GetObjectCommand({ Bucket: Guarded, Key: 'b/file' }))).rejects.toMatchObject(denied);
});

test('a role is created only with the boundary that a policy demands', async () => {
  const root = new IAMClient(stack.options());
  const PolicyDocument = policy([{ Effect: 'Allow', Action: 's3:*', Resource: '*' }]);
  const boundary = (await root.send(new CreatePolicyCommand({ PolicyName: 'tenant-boundary', PolicyDocument }))).Policy?.Arn;
  const creator = await createRole(stack, [
    { Effect: 'Allow', Action: 'iam:CreateRole', Resource: '*', Condition: { StringEquals: { 'iam:PermissionsBoundary': boundary } } },
  ]);
  const iam = new IAMClient(stack.options(await assumeRole(stack, creator)));
  const create = (PermissionsBoundary?: string) =>
    iam.send(
      new CreateRoleCommand({
        RoleName: `role-${randomUUID()}`,
        AssumeRolePolicyDocument: policy([trustService('lambda.amazonaws.com')]),
        PermissionsBoundary,
      }),
    );
  await expect(create()).rejects.toMatchObject(denied);
  await expect(create('arn:aws:iam::aws:policy/AdministratorAccess')).rejects.toMatchObject(denied);
  expect((await create(boundary)).Role?.RoleName).toBeDefined();
});

test('a publisher publishes only the source and type that its policy names', async () => {
  const publisher = await createRole(stack, [
    {
      Effect: 'Allow',
      Action: 'events:PutEvents',
      Resource: '*',
      Condition: { StringEquals: { 'events:source': 'tenantry', 'events:detail-type': ['TenantProvisioned', 'TenantSuspended'] } },
    },
  ]);
  const events = new EventBridgeClient(stack.options(await assumeRole(stack, publisher)));
  const put = (...kinds: [string, string][]) =>
    events.send(new PutEventsCommand({ Entries: kinds.map(([Source, DetailType]) => ({ Source, DetailType, Detail: '{}' })) }));
  expect((await put(['tenantry', 'TenantProvisioned'])).FailedEntryCount).toBe(0);
  expect((await put(['tenantry', 'TenantProvisioned'], ['tenantry', 'TenantSuspended'])).FailedEntryCount).toBe(0);
  const refused = { name: 'AccessDeniedException' };
  await expect(put(['other', 'TenantProvisioned'])).rejects.toMatchObject(refused);
  await expect(put(['tenantry', 'Other'])).rejects.toMatchObject(refused);
  await expect(put(['tenantry', 'TenantProvisioned'], ['other', 'TenantProvisioned'])).rejects.toMatchObject(refused);
});

test('deleting versions in a batch needs the permission to delete versions', async () => {
  const Versioned = `versioned-${randomUUID()}`;
  await root.send(new CreateBucketCommand({ Bucket: Versioned }));
  await root.send(new PutBucketVersioningCommand({ Bucket: Versioned, VersioningConfiguration: { Status: 'Enabled' } }));
  const { VersionId } = await root.send(new PutObjectCommand({ Bucket: Versioned, Key: 'proof', Body: 'x' }));
  const eraser = await tenant([{ Effect: 'Allow', Action: 's3:DeleteObject', Resource: '*' }]);
  const erase = (Objects: { Key: string; VersionId?: string | undefined }[]) =>
    eraser.send(new DeleteObjectsCommand({ Bucket: Versioned, Delete: { Objects } }));
  await erase([{ Key: 'proof' }]);
  await expect(erase([{ Key: 'proof', VersionId }])).rejects.toMatchObject(denied);
  expect((await root.send(new GetObjectCommand({ Bucket: Versioned, Key: 'proof', VersionId }))).$metadata.httpStatusCode).toBe(200);
});
