import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import type { ReaderOf } from './reader.ts';

/** The keys below a prefix of a bucket. */
export async function objectsBelow(client: S3Client, Bucket: string, Prefix: string): Promise<string[]> {
  const keys: string[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken }));
    keys.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
  return keys;
}

export const bucketReader =
  (client: S3Client): ReaderOf =>
  ({ type, path, physicalId }) =>
    type === 'AWS::S3::Bucket' ? { store: path, read: ({ tenantId }) => objectsBelow(client, physicalId, `${tenantId}/`) } : undefined;
