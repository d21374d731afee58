import { CreateTableCommand, DynamoDBClient, PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { account, assumeRole, type BareMiniStack, createRole, region, startBareMiniStack } from '../../support/bare-ministack.ts';

const TableName = 'records';
let stack: BareMiniStack;
/** A session that may put any item but one with the attribute `result`. */
let writer: DynamoDBClient;

beforeAll(async () => {
  stack = await startBareMiniStack();
  await new DynamoDBClient(stack.options()).send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  const Resource = `arn:aws:dynamodb:${region}:${account}:table/${TableName}`;
  const role = await createRole(stack, [
    { Effect: 'Allow', Action: 'dynamodb:*', Resource },
    {
      Effect: 'Deny',
      Action: 'dynamodb:PutItem',
      Resource,
      Condition: { 'ForAnyValue:StringEquals': { 'dynamodb:Attributes': ['result'] } },
    },
  ]);
  writer = new DynamoDBClient(stack.options(await assumeRole(stack, role)));
});
afterAll(() => stack.stop());

const allowed = { id: { S: '1' }, state: { S: 'RUNNING' } };
const refused = { id: { S: '2' }, result: { S: 'done' } };

test('a policy tells puts from each other by the attributes of their items', async () => {
  await writer.send(new PutItemCommand({ TableName, Item: allowed }));
  await expect(writer.send(new PutItemCommand({ TableName, Item: refused }))).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('the items of a transaction count too', async () => {
  const transaction = (...items: (typeof allowed | typeof refused)[]) =>
    writer.send(new TransactWriteItemsCommand({ TransactItems: items.map((Item) => ({ Put: { TableName, Item } })) }));
  await transaction(allowed);
  await expect(transaction({ ...allowed, id: { S: '3' } }, refused)).rejects.toMatchObject({ name: 'AccessDeniedException' });
});
