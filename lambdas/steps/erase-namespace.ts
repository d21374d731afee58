import { DeleteObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { DeleteCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { dynamodbWith, s3With } from '../shared/clients.ts';
import { namespaceOf } from '../shared/namespace.ts';
import { stepHandler } from '../shared/step.ts';
import { storesOf } from '../shared/stores.ts';
import { vendCredentials } from '../shared/tenant-credentials.ts';
import { readStep, type Tenant } from '../shared/tenants.ts';
import { gone, notYet } from '../shared/undo.ts';
import { askAgainSeconds } from '../shared/waiting.ts';

/*
 * Deletes what a pooled tenant has in the shared stores, with the tenant's own credentials: its items, the claim of its namespace among them, and its objects. A page is deleted at a time, and it
 * ends when a look finds nothing, so repeating it is harmless. What a silo holds goes with EmptySilo. Nothing undoes it.
 */
const mostPages = 5;

type Credentials = Awaited<ReturnType<typeof vendCredentials>>;

/** @returns whether there was anything */
async function deletePage(tenant: Tenant, credentials: Credentials): Promise<boolean> {
  const { tableName: TableName, bucketName: Bucket } = storesOf(tenant);
  const namespace = namespaceOf(tenant.tenantId);
  const documents = dynamodbWith(credentials);
  const objects = s3With(credentials);
  const [{ Items = [] }, { Contents = [] }] = await Promise.all([
    documents.send(
      new QueryCommand({
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: 'tenantId = :owner',
        ExpressionAttributeValues: { ':owner': namespace },
        Limit: 100,
      }),
    ),
    objects.send(new ListObjectsV2Command({ Bucket, Prefix: `${namespace}/`, MaxKeys: 100 })),
  ]);
  for (const { itemId } of Items) await documents.send(new DeleteCommand({ TableName, Key: { tenantId: namespace, itemId } }));
  for (const { Key } of Contents) await objects.send(new DeleteObjectCommand({ Bucket, Key }));
  return Items.length + Contents.length > 0;
}

export const handler = stepHandler({
  name: 'EraseNamespace',
  during: 'ABANDONED',
  waits: true,
  run: async (context) => {
    const { tenant, startedAt } = context;
    const { tenantId, run, silo } = tenant;
    const began = async (step: 'EstablishIsolation' | 'TestTenant') => run?.undoes && (await readStep(tenantId, run.undoes.runId, step));
    if (silo || !(await began('EstablishIsolation'))) return gone();
    const credentials = await vendCredentials(context);
    for (let page = 0; page < mostPages; page += 1) {
      if (await deletePage(tenant, credentials)) continue;
      // The shared bucket is versioned, and nobody may delete versions of its objects: lib/data-bucket.ts.
      return (await began('TestTenant'))
        ? gone('Versions of the smoke test object, which is empty, stay until the shared bucket deletes them, 35 days after the test.')
        : gone();
    }
    return notYet(askAgainSeconds(startedAt));
  },
});
