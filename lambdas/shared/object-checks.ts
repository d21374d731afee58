import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import type { VendedCredentials } from '../../contracts/vending.ts';
import { s3With } from './clients.ts';
import type { Attempt, Place } from './isolation-proof.ts';
import { namespaceOf } from './namespace.ts';

const name = 'SMOKE_TEST';

/** Objects of the data bucket: each tenant's stand under a prefix of its own. */
export function objectChecks(credentials: VendedCredentials, own: Place, others: readonly [whose: string, place: Place][]): Attempt[] {
  const objects = s3With(credentials);
  const calls = ({ stores, tenantId }: Place) => {
    const Bucket = stores.bucketName;
    const Prefix = `${namespaceOf(tenantId)}/`;
    const Key = `${Prefix}${name}`;
    return {
      write: () => objects.send(new PutObjectCommand({ Bucket, Key, Body: name })),
      // The body is read to its end, so that the connection is free for the next call.
      read: async () => void (await (await objects.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToByteArray()),
      list: () => objects.send(new ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1 })),
      delete: () => objects.send(new DeleteObjectCommand({ Bucket, Key })),
      listAll: () => objects.send(new ListObjectsV2Command({ Bucket, MaxKeys: 1 })),
    };
  };
  const mine = calls(own);
  return [
    { check: 'write an own object', expected: 'allowed', call: mine.write },
    { check: 'read an own object', expected: 'allowed', call: mine.read },
    { check: 'list own objects', expected: 'allowed', call: mine.list },
    { check: 'delete an own object', expected: 'allowed', call: mine.delete },
    ...others.flatMap(([whose, place]): Attempt[] => {
      const theirs = calls(place);
      return [
        { check: `write ${whose} object`, expected: 'denied', call: theirs.write },
        { check: `read ${whose} object`, expected: 'denied', call: theirs.read },
        { check: `list ${whose} objects`, expected: 'denied', call: theirs.list },
        { check: `delete ${whose} object`, expected: 'denied', call: theirs.delete },
      ];
    }),
    { check: 'list the whole bucket', expected: 'denied', call: mine.listAll },
  ];
}
