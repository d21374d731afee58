import { ExecuteStatementCommand } from '@aws-sdk/client-dynamodb';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactGetCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { output, sts } from './support/clients.ts';
import { tenantDataItems } from './support/records.ts';
import { FunctionSession, pooledTenantRoleArn } from './support/sessions.ts';
import { onboard } from './support/signups.ts';

/* With the credentials that the product takes for one tenant, nothing of another is reached: IAM refuses it, whatever the code asks for. */

let ownId: string;
let foreignId: string;
let vendor: FunctionSession;
let own: DynamoDBDocumentClient;
const TableName = output('TenantDataTableName');
const denied = { name: expect.stringMatching(/^AccessDenied/) };

beforeAll(async () => {
  const [first, second] = await Promise.all([onboard(), onboard()]);
  ownId = first.tenantId;
  foreignId = second.tenantId;
  vendor = await FunctionSession.of('CredentialsVendorVendCredentials');
  own = await vendor.pooledTenant({ Key: 'tenantId', Value: ownId });
});

const calls: readonly (readonly [string, (documents: DynamoDBDocumentClient, tenantId: string) => Promise<unknown>])[] = [
  ['write', (documents, tenantId) => documents.send(new PutCommand({ TableName, Item: { tenantId, itemId: 'note', text: 'kept' } }))],
  ['read', (documents, tenantId) => documents.send(new GetCommand({ TableName, Key: { tenantId, itemId: 'NAMESPACE' } }))],
  [
    'read in a batch',
    (documents, tenantId) =>
      documents.send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys: [{ tenantId, itemId: 'NAMESPACE' }] } } })),
  ],
  [
    'list',
    (documents, tenantId) =>
      documents.send(
        new QueryCommand({ TableName, KeyConditionExpression: 'tenantId = :id', ExpressionAttributeValues: { ':id': tenantId } }),
      ),
  ],
  [
    'change',
    (documents, tenantId) =>
      documents.send(
        new UpdateCommand({
          TableName,
          Key: { tenantId, itemId: 'note' },
          UpdateExpression: 'SET seen = :yes',
          ExpressionAttributeValues: { ':yes': true },
        }),
      ),
  ],
  ['delete', (documents, tenantId) => documents.send(new DeleteCommand({ TableName, Key: { tenantId, itemId: 'note' } }))],
];

describe.each(calls)('%s', (_name, call) => {
  test('succeeds on own data', async () => {
    await expect(call(own, ownId)).resolves.toBeDefined();
  });
  test('is denied on another tenant’s', async () => {
    const before = await tenantDataItems(foreignId);
    await expect(call(own, foreignId)).rejects.toMatchObject(denied);
    expect(await tenantDataItems(foreignId)).toEqual(before);
  });
  test('is denied to the vending function itself, which has not taken the tenant’s credentials', async () => {
    await expect(call(vendor.documents, ownId)).rejects.toMatchObject(denied);
  });
});

describe('what is not about one tenant alone is denied', () => {
  const item = (tenantId: string) => ({ tenantId, itemId: 'NAMESPACE' });
  test.each<readonly [string, () => Promise<unknown>]>([
    ['reading the whole table', () => own.send(new ScanCommand({ TableName }))],
    [
      'a batch that mixes tenants',
      () => own.send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys: [item(ownId), item(foreignId)] } } })),
    ],
    [
      'a batch of writes',
      () => own.send(new BatchWriteCommand({ RequestItems: { [TableName]: [{ DeleteRequest: { Key: item(foreignId) } }] } })),
    ],
    [
      'a transaction that mixes tenants',
      () => own.send(new TransactGetCommand({ TransactItems: [ownId, foreignId].map((id) => ({ Get: { TableName, Key: item(id) } })) })),
    ],
    ['PartiQL', () => own.send(new ExecuteStatementCommand({ Statement: `SELECT * FROM "${TableName}"` }))],
    [
      'the table of tenants',
      () => own.send(new GetCommand({ TableName: output('TenantsTableName'), Key: { pk: `TENANT#${ownId}`, sk: 'TENANT' } })),
    ],
  ])('%s', async (_what, call) => {
    await expect(call()).rejects.toMatchObject(denied);
  });
});

describe('the role of tenants’ data is taken only with one tenant’s tag', () => {
  test.each([
    ['without a tag', []],
    ['with another tag', [{ Key: 'customer', Value: 'a' }]],
    [
      'with a tag more',
      [
        { Key: 'tenantId', Value: 'a' },
        { Key: 'role', Value: 'admin' },
      ],
    ],
  ])('%s it is refused', async (_what, tags) => {
    await expect(vendor.pooledTenant(...tags)).rejects.toMatchObject(denied);
  });

  test('and by nobody but the vending function', async () => {
    const Tags = [{ Key: 'tenantId', Value: ownId }];
    const request = new AssumeRoleCommand({ RoleArn: await pooledTenantRoleArn(), RoleSessionName: 'isolation-test', Tags });
    await expect(sts.send(request)).rejects.toMatchObject(denied);
    for (const step of ['TestTenant', 'ActivateTenant']) {
      const other = await FunctionSession.of(step);
      await expect(other.pooledTenant(...Tags)).rejects.toMatchObject(denied);
    }
  });
});
