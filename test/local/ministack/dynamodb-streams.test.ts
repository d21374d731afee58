import { randomUUID } from 'node:crypto';
import { BatchWriteItemCommand, CreateTableCommand, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateEventSourceMappingCommand, type CreateEventSourceMappingCommandInput, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type BareMiniStack,
  createFunction,
  createRole,
  eventually,
  startBareMiniStack,
  trustService,
} from '../../support/bare-ministack.ts';

let stack: BareMiniStack;
let dynamo: DynamoDBClient;
const Results = 'results';
beforeAll(async () => {
  stack = await startBareMiniStack();
  dynamo = new DynamoDBClient(stack.options());
  await createTable(Results);
});
afterAll(() => stack.stop());

async function createTable(TableName: string): Promise<string> {
  const { TableDescription } = await dynamo.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }),
  );
  return TableDescription?.LatestStreamArn ?? '';
}

/** Maps a table's stream to a function that fails on records named `poison…`, and otherwise counts each record it sees in `results`. */
async function mapStream(more: Partial<CreateEventSourceMappingCommandInput>, body: string) {
  const TableName = `source-${randomUUID()}`;
  const EventSourceArn = await createTable(TableName);
  const roleArn = await createRole(stack, [{ Effect: 'Allow', Action: 'dynamodb:*', Resource: '*' }], {
    trust: [trustService('lambda.amazonaws.com')],
  });
  const source = `
    const { DynamoDBClient, UpdateItemCommand } = require('@aws-sdk/client-dynamodb');
    const done = (pk) => new DynamoDBClient({}).send(new UpdateItemCommand({ TableName: '${Results}', Key: { pk: { S: pk } },
      UpdateExpression: 'ADD times :one', ExpressionAttributeValues: { ':one': { N: '1' } } }));
    exports.handler = async ({ Records }) => {
      const all = Records.map(({ dynamodb }) => ({ name: dynamodb.Keys.pk.S, number: dynamodb.SequenceNumber }));
      ${body}
    };`;
  const FunctionName = await createFunction(stack, source, { roleArn });
  await new LambdaClient(stack.options()).send(
    new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn, StartingPosition: 'TRIM_HORIZON', BatchSize: 10, ...more }),
  );
  return (names: string[]) =>
    dynamo.send(
      new BatchWriteItemCommand({ RequestItems: { [TableName]: names.map((pk) => ({ PutRequest: { Item: { pk: { S: pk } } } })) } }),
    );
}

async function times(pk: string): Promise<number> {
  return Number((await dynamo.send(new GetItemCommand({ TableName: Results, Key: { pk: { S: pk } } }))).Item?.['times']?.N ?? 0);
}

const arrival = (pk: string) => eventually(`The arrival of ${pk}`, async () => ((await times(pk)) > 0 ? true : undefined));

const throwing = `if (all.some(({ name }) => name.startsWith('poison'))) throw new Error('poison'); for (const { name } of all) await done(name);`;
const reporting = `for (const { name, number } of all) {
  if (name.startsWith('poison')) return { batchItemFailures: [{ itemIdentifier: number }] };
  await done(name);
}`;

test('a poison record ends in the failure queue after its retries, and those around it are processed', async () => {
  const sqs = new SQSClient(stack.options());
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `failures-${randomUUID()}` }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const run = randomUUID();
  const put = await mapStream(
    {
      MaximumRetryAttempts: 1,
      BisectBatchOnFunctionError: true,
      DestinationConfig: { OnFailure: { Destination: Attributes?.['QueueArn'] } },
    },
    throwing,
  );
  await put([`a-${run}`, `poison-${run}`, `b-${run}`, `c-${run}`]);
  for (const name of ['a', 'b', 'c']) await arrival(`${name}-${run}`);
  const message = await eventually('The failure', async () => (await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages?.[0]);
  expect(JSON.parse(message.Body ?? '')).toMatchObject({
    requestContext: { condition: 'RetryAttemptsExhausted' },
    DDBStreamBatchInfo: { batchSize: 1 },
  });
});

test('a reported failure repeats from its record on, and nothing before it', async () => {
  const run = randomUUID();
  const put = await mapStream(
    { FunctionResponseTypes: ['ReportBatchItemFailures'], MaximumRetryAttempts: 2, BisectBatchOnFunctionError: true },
    reporting,
  );
  await put([`a-${run}`, `poison-${run}`, `b-${run}`]);
  await arrival(`b-${run}`);
  expect(await times(`a-${run}`)).toBe(1);
});

test('records that the filter leaves out do not reach the function', async () => {
  const run = randomUUID();
  const Pattern = JSON.stringify({ dynamodb: { Keys: { pk: { S: [{ prefix: 'wanted' }] } } } });
  const put = await mapStream({ FilterCriteria: { Filters: [{ Pattern }] } }, throwing);
  await put([`poison-${run}`, `wanted-${run}`]);
  await arrival(`wanted-${run}`);
  expect(await times(`poison-${run}`)).toBe(0);
});
