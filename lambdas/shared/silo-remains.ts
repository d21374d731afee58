import {
  DeleteUserPoolCommand,
  paginateListUserPools,
  ResourceNotFoundException as UserPoolNotFound,
} from '@aws-sdk/client-cognito-identity-provider';
import { DeleteTableCommand, ResourceInUseException, ResourceNotFoundException as TableNotFound } from '@aws-sdk/client-dynamodb';
import {
  DescribeKeyCommand,
  NotFoundException as KeyNotFound,
  KMSInvalidStateException,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { DeleteBucketCommand, DeleteObjectsCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { cognito, dynamodbTables, kms, s3 } from './clients.ts';

/*
 * What a silo's stack leaves behind when it is deleted, because it holds data: the resources that are RetainExceptOnCreate (lib/kept.ts). Each is deleted by the id that the stack has for it, and
 * may be gone already.
 */

/** What deleting something came to: it is gone, it is still going, or something stays of it, in words for staff. */
export type Removal = 'gone' | 'going' | { readonly stays: string };

async function deleteTable(TableName: string): Promise<Removal> {
  try {
    await dynamodbTables().send(new DeleteTableCommand({ TableName }));
    // Asked again at once, because only "not found" says that it is gone.
    await dynamodbTables().send(new DeleteTableCommand({ TableName }));
    return 'going';
  } catch (error) {
    if (error instanceof TableNotFound) return 'gone';
    if (error instanceof ResourceInUseException) return 'going';
    throw error;
  }
}

/** Nobody needs more; a bucket with more is emptied the next time that the step is asked. */
const mostPages = 5;

/** Deletes a bucket with every version of its objects. */
async function deleteBucket(Bucket: string): Promise<Removal> {
  try {
    for (let page = 0; page < mostPages; page += 1) {
      const { Versions = [], DeleteMarkers = [] } = await s3().send(new ListObjectVersionsCommand({ Bucket }));
      const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
      if (Objects.length === 0) {
        await s3().send(new DeleteBucketCommand({ Bucket }));
        return 'gone';
      }
      const { Errors = [] } = await s3().send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
      // A batch answers 200 whatever became of its parts: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
      if (Errors[0]) throw Object.assign(new Error('An object could not be deleted.'), { name: Errors[0].Code ?? 'InternalError' });
    }
    return 'going';
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchBucket') return 'gone';
    throw error;
  }
}

/** The most that Cognito lists at once: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUserPools.html */
const poolsOfAPage = 60;

async function isUserPool(userPoolId: string): Promise<boolean> {
  for await (const { UserPools = [] } of paginateListUserPools({ client: cognito(), pageSize: poolsOfAPage }, { MaxResults: poolsOfAPage }))
    if (UserPools.some(({ Id }) => Id === userPoolId)) return true;
  return false;
}

/**
 * Once the stack is gone: CloudFormation may delete a client of a user pool only while the pool and its tag are there. The permission asks for that tag too, which a pool that is gone has not:
 * who repeats the deletion is denied it instead of being told that there is nothing, and looks into the list, for which no tag is asked
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourcetag).
 */
export async function deleteUserPool(UserPoolId: string): Promise<void> {
  try {
    await cognito().send(new DeleteUserPoolCommand({ UserPoolId }));
  } catch (error) {
    if (error instanceof UserPoolNotFound) return;
    const denied = error instanceof Error && error.name === 'AccessDeniedException';
    if (!denied || (await isUserPool(UserPoolId))) throw error;
  }
}

/** The least that KMS allows: https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html */
const keyWindowDays = 7;

async function deleteKey(KeyId: string): Promise<Removal> {
  try {
    await kms().send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: keyWindowDays }));
  } catch (error) {
    if (error instanceof KeyNotFound) return 'gone';
    // It waits for its deletion already.
    if (!(error instanceof KMSInvalidStateException)) throw error;
  }
  const { KeyMetadata } = await kms().send(new DescribeKeyCommand({ KeyId }));
  return {
    stays: `The key ${KeyId} cannot be used any more, and is deleted by KMS on ${KeyMetadata?.DeletionDate?.toISOString().slice(0, 10)}.`,
  };
}

export const userPoolType = 'AWS::Cognito::UserPool';
/** By their CloudFormation type, in the order in which they are deleted before the stack: the key last, because the others are encrypted under it. */
export const removals: Readonly<Record<string, (physicalId: string) => Promise<Removal>>> = {
  'AWS::DynamoDB::GlobalTable': deleteTable,
  'AWS::S3::Bucket': deleteBucket,
  'AWS::KMS::Key': deleteKey,
};
