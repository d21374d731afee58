import { type DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { signupKey, slugKey } from '../../../lambdas/shared/tenants.ts';
import type { Subject } from '../harness/customer.ts';
import type { ReaderOf } from './reader.ts';

export type Item = Record<string, unknown>;

/** All items of a partition. */
export async function partition(documents: DynamoDBDocumentClient, TableName: string, attribute: string, value: string): Promise<Item[]> {
  const items: Item[] = [];
  let ExclusiveStartKey: Item | undefined;
  do {
    const page = await documents.send(
      new QueryCommand({
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: '#attribute = :value',
        ExpressionAttributeNames: { '#attribute': attribute },
        ExpressionAttributeValues: { ':value': value },
        ExclusiveStartKey,
      }),
    );
    items.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return items;
}

/** By what the items of a table are told that are a tenant's. */
const owners = ['tenantId', 'subject'];

/** The tables: of the tenants' own, the partitions of the tenant, its slug and its signup; of the others, the tenant's. */
export const tableReader =
  (documents: DynamoDBDocumentClient): ReaderOf =>
  ({ type, path, physicalId, properties }) => {
    if (type !== 'AWS::DynamoDB::GlobalTable') return undefined;
    const [{ AttributeName: hashKey } = { AttributeName: '' }] = properties.KeySchema as { AttributeName: string }[];
    if (owners.includes(hashKey)) return { store: path, read: ({ tenantId }) => partition(documents, physicalId, hashKey, tenantId) };
    if (path !== 'TenantRecords/Tenants') return undefined;
    const one = async (Key: Item) => (await documents.send(new GetCommand({ TableName: physicalId, Key, ConsistentRead: true }))).Item;
    const read = async ({ tenantId, slug, signupKeyHash }: Subject) => ({
      items: await partition(documents, physicalId, 'pk', `TENANT#${tenantId}`),
      slug: await one(slugKey(slug)),
      signup: await one(signupKey(signupKeyHash)),
    });
    return { store: path, read };
  };
