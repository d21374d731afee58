import { type SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type AwsAnswer, EmulatedAws, ended, messageTaken, started, until } from './support/emulated-aws.ts';
import { machine } from './support/world.ts';

let aws: EmulatedAws;
let client: SFNClient;
let machines = 0;
beforeAll(async () => {
  aws = await EmulatedAws.start();
  client = aws.client();
});
afterAll(() => aws.close());

/** Runs one Task. */
async function run(resource: string, args: object) {
  const state = { Type: 'Task', Resource: `arn:aws:states:::${resource}`, Arguments: args, End: true };
  const description = await ended(client, await started(client, aws.machine(`integration-${++machines}`, machine({ T: state }))));
  const { status, error, cause, output } = description;
  return { status, error, cause, output: output === undefined ? undefined : JSON.parse(output) };
}

// https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
describe('lambda:invoke', () => {
  const invoke = (answer: AwsAnswer) => {
    aws.on('greet', () => answer);
    return run('lambda:invoke', { FunctionName: 'greet', Payload: { name: 'Ü' } });
  };

  test('sends the payload and answers what the function answered', async () => {
    const { output } = await invoke({ body: { greeted: 'Ü' } });
    expect(output).toEqual({ ExecutedVersion: '$LATEST', Payload: { greeted: 'Ü' }, StatusCode: 200 });
    expect(aws.requests.find(({ functionName }) => functionName === 'greet')?.body).toEqual({ name: 'Ü' });
  });

  test('a function that answers nothing has null for payload', async () => {
    expect((await invoke({})).output).toMatchObject({ Payload: null });
  });

  test('the error of a function is the error of the task, with all that it said as cause', async () => {
    const body = { errorType: 'QuotaExceeded', errorMessage: 'too many', trace: ['here'] };
    const { error, cause } = await invoke({ functionError: true, body });
    expect([error, JSON.parse(cause ?? '')]).toEqual(['QuotaExceeded', body]);
  });

  test('an error without a type is Lambda.Unknown', async () => {
    const { error, cause } = await invoke({ functionError: true, body: { errorMessage: 'Task timed out after 3.00 seconds' } });
    expect(error).toBe('Lambda.Unknown');
    expect(cause).toContain('Task timed out after 3.00 seconds');
  });

  test.each([
    [429, 'TooManyRequestsException', 'Lambda.TooManyRequestsException'],
    [500, 'ServiceException', 'Lambda.ServiceException'],
    [404, 'ResourceNotFoundException', 'Lambda.ResourceNotFoundException'],
    [403, 'AccessDeniedException', 'Lambda.AWSLambdaException'],
  ])('%d %s is %s', async (status, errorType, name) => {
    const { error, cause } = await invoke({ status, errorType, body: { message: 'why not' } });
    expect([error, cause]).toEqual([name, expect.stringContaining('why not')]);
  });

  test('a connection that is cut is Lambda.SdkClientException, after one call', async () => {
    const before = aws.requests.filter(({ functionName }) => functionName === 'greet').length;
    expect((await invoke({ reset: true })).error).toBe('Lambda.SdkClientException');
    expect(aws.requests.filter(({ functionName }) => functionName === 'greet')).toHaveLength(before + 1);
  });

  test('a stopped task lets go of its connection', async () => {
    let closed = false;
    let called = false;
    aws.on('slow', ({ signal }) => {
      called = true;
      signal.addEventListener('abort', () => {
        closed = true;
      });
      return new Promise(() => {});
    });
    const state = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Arguments: { FunctionName: 'slow' }, End: true };
    const executionArn = await started(client, aws.machine('stopped', machine({ T: state })));
    await until(() => called);
    await client.send(new StopExecutionCommand({ executionArn }));
    await until(() => closed);
    expect((await ended(client, executionArn)).status).toBe('ABORTED');
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html
test('sqs:sendMessage sends an object as text', async () => {
  aws.on('SendMessage', messageTaken);
  const { output } = await run('sqs:sendMessage', { QueueUrl: 'http://queue', MessageBody: { tenantId: 't-1' } });
  expect(output).toEqual({ MessageId: '42', MD5OfMessageBody: expect.any(String) });
  expect(aws.requests.find(({ action }) => action === 'SendMessage')?.body).toEqual({
    QueueUrl: 'http://queue',
    MessageBody: '{"tenantId":"t-1"}',
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html
describe('events:putEvents', () => {
  const entry = { Source: 'shop', DetailType: 'Sold', Detail: { n: 1 }, EventBusName: 'bus' };
  const answer = (failed: number) => {
    aws.on('PutEvents', ({ body }) => {
      const entries = body['Entries'] as { Source: string }[];
      const ours = entries.some(({ Source }) => Source === 'shop');
      return {
        body: {
          FailedEntryCount: ours ? failed : 0,
          Entries: entries.map(() => (ours && failed ? { ErrorCode: 'ThrottlingException' } : { EventId: '1' })),
        },
      };
    });
  };

  test('sends the detail as text and names the execution among the resources', async () => {
    answer(0);
    const { output } = await run('events:putEvents', { Entries: [entry] });
    expect(output).toEqual({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] });
    const sent = aws.requests
      .flatMap(({ body }) => (body['Entries'] ?? []) as { Source: string }[])
      .find(({ Source }) => Source === 'shop');
    expect(sent).toEqual({
      ...entry,
      Detail: '{"n":1}',
      Resources: [expect.stringContaining(':execution:'), expect.stringContaining(':stateMachine:')],
    });
  });

  test('an entry that was not taken is an error', async () => {
    answer(1);
    const { error, cause } = await run('events:putEvents', { Entries: [entry] });
    expect([error, cause]).toEqual(['EventBridge.FailedEntry', expect.stringContaining('ThrottlingException')]);
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
describe('aws-sdk', () => {
  test('calls any installed client and hands its answer on', async () => {
    aws.on('GetItem', () => ({ body: { Item: { pk: { S: 'tenant' } } } }));
    const args = { TableName: 'tenants', Key: { pk: { S: 'tenant' } } };
    expect((await run('aws-sdk:dynamodb:getItem', args)).output).toEqual({ Item: { pk: { S: 'tenant' } } });
    expect(aws.requests.find(({ action }) => action === 'GetItem')?.body).toEqual(args);
  });

  test.each([
    ['dynamodb:putItem', 'PutItem', 'ConditionalCheckFailedException', 'DynamoDb.ConditionalCheckFailedException'],
    ['dynamodb:putItem', 'PutItem', 'AccessDeniedException', 'DynamoDb.DynamoDbException'],
    ['cognitoidentityprovider:adminGetUser', 'AdminGetUser', 'UserNotFoundException', 'CognitoIdentityProvider.UserNotFoundException'],
  ])('%s: %s, %s is %s', async (resource, action, errorType, name) => {
    aws.on(action, () => ({ status: 400, errorType, body: { message: 'no' } }));
    expect((await run(`aws-sdk:${resource}`, { TableName: 't', Item: {}, UserPoolId: 'p', Username: 'u' })).error).toBe(name);
  });

  test('an action or a package that does not exist fails for good and says so', async () => {
    expect(await run('aws-sdk:dynamodb:nonsense', {})).toMatchObject({
      error: 'States.Runtime',
      cause: expect.stringContaining('no action nonsense'),
    });
    expect(await run('aws-sdk:athena:getQueryResults', {})).toMatchObject({
      error: 'States.Runtime',
      cause: expect.stringContaining('@aws-sdk/client-athena'),
    });
  });

  test('arguments must be an object', async () => {
    expect(await run('aws-sdk:dynamodb:getItem', [] as unknown as object)).toMatchObject({ error: 'States.Runtime' });
  });
});
