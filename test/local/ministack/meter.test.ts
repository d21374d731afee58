import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Meter } from '../../../bench/measure/meter.ts';
import { type BareMiniStack, createFunction, invoke, startBareMiniStack } from '../../support/bare-ministack.ts';

let stack: BareMiniStack;
beforeAll(async () => {
  stack = await startBareMiniStack();
});
afterAll(() => stack.stop());

test('requests and invocations are recorded between the start and the end of a measurement, and at no other time', async () => {
  const dynamodb = new DynamoDBClient(stack.options());
  const key = {
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }],
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' as const }],
  };
  await dynamodb.send(new CreateTableCommand({ TableName: 'things', BillingMode: 'PAY_PER_REQUEST', ...key }));
  const name = await createFunction(stack, 'exports.handler = async () => "done";');
  const meter = new Meter(stack.endpoint);
  await meter.start();
  await dynamodb.send(new PutItemCommand({ TableName: 'things', Item: { id: { S: 'one' } } }));
  await invoke(stack, name, {});
  const { requests, invocations } = await meter.stop();
  await dynamodb.send(new PutItemCommand({ TableName: 'things', Item: { id: { S: 'two' } } }));

  expect(requests.filter(({ service }) => service === 'dynamodb')).toMatchObject([
    { action: 'PutItem', status: 200, request: { text: expect.stringContaining('"one"') } },
  ]);
  expect(invocations).toMatchObject([{ memoryMegabytes: 128, failed: false, cold: true }]);
  expect((await meter.stop()).requests).toEqual([]);
});
