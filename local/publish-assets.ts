import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { CreateBucketCommand, HeadObjectCommand, NotFound, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type Zippable, zipSync } from 'fflate';
import type { FileAsset } from './assembly.ts';

/** Every zipped file carries this time, the earliest that the format knows, so that equal files make equal archives. */
const zippedAt = new Date('1980-01-01T12:00:00Z');

/** Makes the buckets of an account's bootstrap if they are absent. */
export async function ensureBuckets(s3: S3Client, buckets: Iterable<string>): Promise<void> {
  for (const Bucket of buckets) {
    await s3.send(new CreateBucketCommand({ Bucket })).catch((error: Error) => {
      if (!['BucketAlreadyExists', 'BucketAlreadyOwnedByYou'].includes(error.name)) throw error;
    });
  }
}

/** Uploads the assets that are not in their bucket yet; their keys are hashes of their contents. Returns how many were uploaded. */
export async function publishAssets(s3: S3Client, assembly: string, assets: FileAsset[]): Promise<number> {
  await ensureBuckets(s3, new Set(assets.map(({ bucket }) => bucket)));
  let published = 0;
  for (const { path, packaging, bucket: Bucket, key: Key } of assets) {
    if (await isPublished(s3, Bucket, Key)) continue;
    const source = join(assembly, path);
    const Body = packaging === 'zip' ? await zipFolder(source) : await readFile(source);
    await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    published += 1;
  }
  return published;
}

async function isPublished(s3: S3Client, Bucket: string, Key: string): Promise<boolean> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket, Key }));
    return true;
  } catch (error) {
    if (error instanceof NotFound) return false;
    throw error;
  }
}

/** Zips a folder's files under their paths relative to it. */
export async function zipFolder(folder: string): Promise<Uint8Array> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files: Zippable = {};
  for (const entry of entries.filter((found) => found.isFile())) {
    const path = join(entry.parentPath, entry.name);
    files[relative(folder, path).split(sep).join('/')] = new Uint8Array(await readFile(path));
  }
  // The archive never leaves this machine: speed matters more than size.
  return zipSync(files, { level: 1, mtime: zippedAt });
}
