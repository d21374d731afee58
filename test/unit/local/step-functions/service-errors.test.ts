import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EmulatedAws, ended, errorOf, started } from './support/emulated-aws.ts';
import { machine } from './support/world.ts';

let aws: EmulatedAws;
let client: SFNClient;
let stateMachineArn: string;
let executionArn: string;
beforeAll(async () => {
  aws = await EmulatedAws.start();
  client = aws.client();
  stateMachineArn = aws.machine('waits', machine({ W: { Type: 'Wait', Seconds: '{% $states.input.seconds %}', End: true } }));
  executionArn = await started(client, stateMachineArn, { seconds: 0 }, 'first');
  await ended(client, executionArn);
});
afterAll(() => aws.close());

const nowhere = 'arn:aws:states:eu-central-1:000000000000:execution:waits:nowhere';

// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
describe('StartExecution', () => {
  test.each([
    ['a name with a blank', 'InvalidName', { name: 'a b' }],
    ['a name that is too long', 'InvalidName', { name: 'x'.repeat(81) }],
    ['a name with a slash', 'InvalidName', { name: 'a/b' }],
    ['input that is not JSON', 'InvalidExecutionInput', { input: '{' }],
    ['input that is too large', 'ValidationException', { input: JSON.stringify('x'.repeat(262_144)) }],
    ['a name that is taken', 'ExecutionAlreadyExists', { name: 'first', input: '{"seconds":0}' }],
    [
      'a state machine that does not exist',
      'StateMachineDoesNotExist',
      { stateMachineArn: 'arn:aws:states:eu-central-1:000000000000:stateMachine:none' },
    ],
  ])('with %s: %s', async (_, error, request) => {
    expect(await errorOf(client.send(new StartExecutionCommand({ stateMachineArn, input: '{"seconds":0}', ...request })))).toBe(error);
  });

  test('the same name and input while it runs is the same execution', async () => {
    const request = { stateMachineArn, name: 'twice', input: '{"seconds":1000}' };
    const [one, other] = await Promise.all([
      client.send(new StartExecutionCommand(request)),
      client.send(new StartExecutionCommand(request)),
    ]);
    expect([one.executionArn, one.startDate]).toEqual([other.executionArn, other.startDate]);
    expect(await errorOf(client.send(new StartExecutionCommand({ ...request, input: '{"seconds":1}' })))).toBe('ExecutionAlreadyExists');
    await client.send(new StopExecutionCommand({ executionArn: one.executionArn, error: 'Enough', cause: 'done' }));
    expect(await client.send(new DescribeExecutionCommand({ executionArn: one.executionArn }))).toMatchObject({
      status: 'ABORTED',
      error: 'Enough',
      cause: 'done',
    });
    expect(await errorOf(client.send(new StartExecutionCommand(request)))).toBe('ExecutionAlreadyExists');
  });

  test('names may have letters of any script', async () => {
    expect(await errorOf(started(client, stateMachineArn, { seconds: 0 }, 'Müller-株式会社_1'))).toBeUndefined();
  });
});

describe('an execution', () => {
  const calls = {
    DescribeExecution: (arn: string) => client.send(new DescribeExecutionCommand({ executionArn: arn })),
    StopExecution: (arn: string) => client.send(new StopExecutionCommand({ executionArn: arn })),
    RedriveExecution: (arn: string) => client.send(new RedriveExecutionCommand({ executionArn: arn })),
    GetExecutionHistory: (arn: string) => client.send(new GetExecutionHistoryCommand({ executionArn: arn })),
  };

  test.each(Object.entries(calls))('that does not exist, for %s', async (_, call) => {
    expect([await errorOf(call(nowhere)), await errorOf(call('nonsense')), await errorOf(call(stateMachineArn))]).toEqual([
      'ExecutionDoesNotExist',
      'InvalidArn',
      'InvalidArn',
    ]);
  });

  test('that succeeded cannot be redriven', async () => {
    expect(await errorOf(calls.RedriveExecution(executionArn))).toBe('ExecutionNotRedrivable');
    const { redriveStatus, redriveStatusReason } = await calls.DescribeExecution(executionArn);
    expect([redriveStatus, redriveStatusReason]).toEqual(['NOT_REDRIVABLE', 'Execution is SUCCEEDED and cannot be redriven']);
  });
});

// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
test.each([
  ['nextToken', 'InvalidToken', { nextToken: 'nonsense' }],
  ['maxResults', 'ValidationException', { maxResults: 1001 }],
  ['statusFilter', 'ValidationException', { statusFilter: 'DONE' as never }],
])('ListExecutions with a wrong %s: %s', async (_, error, request) => {
  expect(await errorOf(client.send(new ListExecutionsCommand({ stateMachineArn, ...request })))).toBe(error);
});

// https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
describe('task tokens', () => {
  test('that are malformed', async () => {
    const commands = [
      new SendTaskSuccessCommand({ taskToken: 'nonsense', output: '1' }),
      new SendTaskFailureCommand({ taskToken: 'nonsense' }),
      new SendTaskHeartbeatCommand({ taskToken: 'nonsense' }),
    ] as const;
    expect(await Promise.all(commands.map((command) => errorOf(client.send(command as never))))).toEqual([
      'InvalidToken',
      'InvalidToken',
      'InvalidToken',
    ]);
  });

  test('that were never issued', async () => {
    const taskToken = `${Buffer.from(stateMachineArn).toString('base64url')}.${'x'.repeat(65)}`;
    expect(await errorOf(client.send(new SendTaskSuccessCommand({ taskToken, output: '1' })))).toBe('TaskDoesNotExist');
  });

  test('with output that is not JSON, or too large', async () => {
    const send = (output: string) => errorOf(client.send(new SendTaskSuccessCommand({ taskToken: 'nonsense', output })));
    expect([await send('{'), await send(JSON.stringify('x'.repeat(262_144)))]).toEqual(['InvalidOutput', 'InvalidOutput']);
  });
});
