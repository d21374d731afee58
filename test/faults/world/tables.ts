import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { signupKey, slugKey } from '../../../lambdas/shared/tenants.ts';
import { partition } from '../../support/partition.ts';
import type { Subject } from '../harness/customer.ts';
import type { ReaderOf } from './reader.ts';

export type Item = Record<string, unknown>;

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
