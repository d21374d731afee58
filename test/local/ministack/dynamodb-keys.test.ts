import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { account, assumeRole, type BareMiniStack, createRole, region, startBareMiniStack } from '../../support/bare-ministack.ts';

const TableName = 'tenants-data';
const tableArn = `arn:aws:dynamodb:${region}:${account}:table/${TableName}`;
/** What a policy of IAM says about the partition keys of a tenant: the placeholder is IAM's, not JavaScript's. */
const ownKeys = `tenant#\${aws:PrincipalTag/tenantId}`;
let stack: BareMiniStack;
/** A session that may reach only the items whose partition key is `tenant#a`, by its session tag. */
let tenant: DynamoDBClient;

beforeAll(async () => {
  stack = await startBareMiniStack();
  await new DynamoDBClient(stack.options()).send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk', 'owner'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        { IndexName: 'by-owner', KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } },
      ],
    }),
  );
  const roleArn = await createRole(stack, [
    {
      Effect: 'Allow',
      Action: 'dynamodb:*',
      Resource: [tableArn, `${tableArn}/index/*`],
      Condition: {
        'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [ownKeys] },
        Null: { 'dynamodb:LeadingKeys': 'false' },
      },
    },
  ]);
  tenant = new DynamoDBClient(stack.options(await assumeRole(stack, roleArn, { Tags: [{ Key: 'tenantId', Value: 'a' }] })));
});
afterAll(() => stack.stop());

const own = { pk: { S: 'tenant#a' }, sk: { S: '1' } };
const foreign = { pk: { S: 'tenant#b' }, sk: { S: '1' } };
const denied = { name: 'AccessDeniedException' };

test('items of the own tenant are reached in every way', async () => {
  await tenant.send(new PutItemCommand({ TableName, Item: own }));
  expect((await tenant.send(new GetItemCommand({ TableName, Key: own }))).Item).toEqual(own);
  await tenant.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: [{ PutRequest: { Item: own } }] } }));
  await tenant.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [own] } } }));
  await tenant.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName, Item: own } }] }));
  await tenant.send(new TransactGetItemsCommand({ TransactItems: [{ Get: { TableName, Key: own } }] }));
});

test('another tenant’s items are refused in every way', async () => {
  await expect(tenant.send(new PutItemCommand({ TableName, Item: foreign }))).rejects.toMatchObject(denied);
  await expect(tenant.send(new GetItemCommand({ TableName, Key: foreign }))).rejects.toMatchObject(denied);
  await expect(
    tenant.send(
      new BatchWriteItemCommand({ RequestItems: { [TableName]: [{ PutRequest: { Item: own } }, { PutRequest: { Item: foreign } }] } }),
    ),
  ).rejects.toMatchObject(denied);
  await expect(tenant.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [own, foreign] } } }))).rejects.toMatchObject(
    denied,
  );
  await expect(
    tenant.send(
      new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName, Item: own } }, { Delete: { TableName, Key: foreign } }] }),
    ),
  ).rejects.toMatchObject(denied);
  await expect(tenant.send(new TransactGetItemsCommand({ TransactItems: [{ Get: { TableName, Key: foreign } }] }))).rejects.toMatchObject(
    denied,
  );
});

const queries: [string, Partial<QueryCommandInput>, 'allowed' | 'denied'][] = [
  ['by the own key', { KeyConditionExpression: 'pk = :k', ExpressionAttributeValues: { ':k': own.pk } }, 'allowed'],
  [
    'by a name and a sort key condition in parentheses',
    {
      KeyConditionExpression: '(#p = :k) AND (sk BETWEEN :from AND :to)',
      ExpressionAttributeNames: { '#p': 'pk' },
      ExpressionAttributeValues: { ':k': own.pk, ':from': { S: '0' }, ':to': { S: '9' } },
    },
    'allowed',
  ],
  ['by another’s key', { KeyConditionExpression: 'pk = :k', ExpressionAttributeValues: { ':k': foreign.pk } }, 'denied'],
  [
    'by both keys',
    { KeyConditionExpression: 'pk = :k OR pk = :l', ExpressionAttributeValues: { ':k': own.pk, ':l': foreign.pk } },
    'denied',
  ],
  ['with the value first', { KeyConditionExpression: ':k = pk', ExpressionAttributeValues: { ':k': own.pk } }, 'denied'],
  [
    'by an index key that is not the tenant’s',
    {
      IndexName: 'by-owner',
      KeyConditionExpression: '#o = :o',
      ExpressionAttributeNames: { '#o': 'owner' },
      ExpressionAttributeValues: { ':o': { S: 'x' } },
    },
    'denied',
  ],
  [
    'by an index key that is the tenant’s',
    {
      IndexName: 'by-owner',
      KeyConditionExpression: '#o = :o',
      ExpressionAttributeNames: { '#o': 'owner' },
      ExpressionAttributeValues: { ':o': own.pk },
    },
    'allowed',
  ],
  ['in the old form', { KeyConditions: { pk: { ComparisonOperator: 'EQ', AttributeValueList: [own.pk] } } }, 'allowed'],
  ['in the old form, another’s', { KeyConditions: { pk: { ComparisonOperator: 'EQ', AttributeValueList: [foreign.pk] } } }, 'denied'],
];

test.each(queries)('a query %s is as AWS would decide', async (_name, query, expected) => {
  const answer = tenant.send(new QueryCommand({ TableName, ...query }));
  if (expected === 'allowed') expect((await answer).$metadata.httpStatusCode).toBe(200);
  else await expect(answer).rejects.toMatchObject(denied);
});

test('a scan has no leading key, and a statement in PartiQL none that can be read: both are refused', async () => {
  await expect(tenant.send(new ScanCommand({ TableName }))).rejects.toMatchObject(denied);
  await expect(
    tenant.send(new ExecuteStatementCommand({ Statement: `SELECT * FROM "${TableName}" WHERE pk = 'tenant#a'` })),
  ).rejects.toMatchObject(denied);
});

test('a tag that is a wildcard reaches nothing but itself', async () => {
  const roleArn = await createRole(stack, [
    {
      Effect: 'Allow',
      Action: 'dynamodb:GetItem',
      Resource: tableArn,
      Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [ownKeys] } },
    },
  ]);
  const wildcard = new DynamoDBClient(stack.options(await assumeRole(stack, roleArn, { Tags: [{ Key: 'tenantId', Value: '*' }] })));
  await expect(wildcard.send(new GetItemCommand({ TableName, Key: own }))).rejects.toMatchObject(denied);
  const untagged = new DynamoDBClient(stack.options(await assumeRole(stack, roleArn)));
  await expect(untagged.send(new GetItemCommand({ TableName, Key: own }))).rejects.toMatchObject(denied);
});
