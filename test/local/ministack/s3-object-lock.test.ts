import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectRetentionCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type BareMiniStack, startBareMiniStack } from '../../support/bare-ministack.ts';

const Bucket = 'archive';
let stack: BareMiniStack;
let s3: S3Client;
beforeAll(async () => {
  stack = await startBareMiniStack();
  s3 = new S3Client({ ...stack.options(), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  await s3.send(
    new PutObjectLockConfigurationCommand({
      Bucket,
      ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 1 } } },
    }),
  );
});
afterAll(() => stack.stop());

const tomorrow = () => new Date(Date.now() + 86_400_000);

test('a locked version is not deleted, and versioning stays on', async () => {
  const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key: 'entry', Body: 'x' }));
  await expect(
    s3.send(new DeleteObjectCommand({ Bucket, Key: 'entry', VersionId, BypassGovernanceRetention: true })),
  ).rejects.toMatchObject({
    name: 'AccessDenied',
  });
  await expect(s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } }))).rejects.toMatchObject(
    { name: 'InvalidBucketState' },
  );
});

test('half a retention, or one in the past, is refused', async () => {
  const put = (lock: { ObjectLockMode?: 'COMPLIANCE'; ObjectLockRetainUntilDate?: Date }) =>
    s3.send(new PutObjectCommand({ Bucket, Key: 'half', Body: 'x', ...lock }));
  await expect(put({ ObjectLockMode: 'COMPLIANCE' })).rejects.toMatchObject({ name: 'InvalidArgument' });
  await expect(put({ ObjectLockRetainUntilDate: tomorrow() })).rejects.toMatchObject({ name: 'InvalidArgument' });
  await expect(put({ ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: new Date(0) })).rejects.toMatchObject({
    name: 'InvalidArgument',
  });
});

test.each([
  ['the bucket’s retention', {}, 'COMPLIANCE'],
  ['its own retention', { ObjectLockMode: 'GOVERNANCE' as const, ObjectLockRetainUntilDate: tomorrow() }, 'GOVERNANCE'],
])('what is uploaded in parts has %s', async (_whose, lock, mode) => {
  const Key = `parts-${mode}`;
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...lock }));
  const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'x' }));
  const { VersionId } = await s3.send(
    new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts: [{ ETag, PartNumber: 1 }] } }),
  );
  const { Retention } = await s3.send(new GetObjectRetentionCommand({ Bucket, Key, VersionId }));
  expect(Retention?.Mode).toBe(mode);
  expect(Retention?.RetainUntilDate?.getTime()).toBeGreaterThan(Date.now());
});
