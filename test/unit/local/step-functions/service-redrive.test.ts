import {
  DescribeExecutionCommand,
  DescribeStateMachineForExecutionCommand,
  RedriveExecutionCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { EmulatedAws, ended, errorOf, historyOf, messageTaken, started, until } from './support/emulated-aws.ts';
import { Functions, thrown } from './support/functions.ts';
import { chain, machine, task } from './support/world.ts';

let aws: EmulatedAws;
let client: SFNClient;
let functions: Functions;
beforeEach(async () => {
  aws = await EmulatedAws.start();
  client = aws.client();
  functions = new Functions(aws);
});
afterEach(() => aws.close());

const redrive = (executionArn: string, clientToken?: string) => client.send(new RedriveExecutionCommand({ executionArn, clientToken }));
const describeExecution = (executionArn: string) => client.send(new DescribeExecutionCommand({ executionArn }));

/** One attempt at each step, so that a failure is quick. */
const steps = () => machine({ A: task('A', 'B'), B: task('B', 'C'), C: task('C', 'D'), D: task('D') });

async function failedAt(step: string, stateMachineArn = aws.machine('chain', steps())): Promise<string> {
  functions.let(step, thrown('QuotaExceeded'));
  const executionArn = await started(client, stateMachineArn);
  expect((await ended(client, executionArn)).status).toBe('FAILED');
  functions.let(step);
  return executionArn;
}

// https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
describe('RedriveExecution over the wire', () => {
  test('goes on from the step that failed', async () => {
    const executionArn = await failedAt('C');
    const before = await describeExecution(executionArn);
    expect(before).toMatchObject({ error: 'QuotaExceeded', redriveCount: 0, redriveStatus: 'REDRIVABLE' });
    expect(JSON.parse(before.cause ?? '')).toMatchObject({ errorType: 'QuotaExceeded' });
    const { redriveDate } = await redrive(executionArn);
    const after = await ended(client, executionArn);
    expect(after).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1, redriveStatus: 'NOT_REDRIVABLE', redriveDate });
    expect([after.output, after.error, functions.steps]).toEqual(['{"v":4}', undefined, 'A B C C D']);
    const events = await historyOf(client, executionArn);
    const redriven = events.findIndex(({ type }) => type === 'ExecutionRedriven');
    expect(events[redriven]?.executionRedrivenEventDetails).toEqual({ redriveCount: 1 });
    expect([events[redriven - 1]?.type, events.at(-1)?.type]).toEqual(['ExecutionFailed', 'ExecutionSucceeded']);
  });

  test('shows a redriven execution as running again, without a stop date', async () => {
    const executionArn = await failedAt('C');
    let release = () => {};
    functions.let('C', () => new Promise((resolve) => (release = () => resolve({ body: { v: 3 } }))));
    await redrive(executionArn);
    const running = await describeExecution(executionArn);
    expect([running.status, running.stopDate, running.error, running.redriveStatusReason]).toEqual([
      'RUNNING',
      undefined,
      undefined,
      'Execution is RUNNING and cannot be redriven',
    ]);
    await until(() => functions.steps === 'A B C C');
    release();
    expect((await ended(client, executionArn)).status).toBe('SUCCEEDED');
  });

  test('answers the same for the same client token and refuses another', async () => {
    const executionArn = await failedAt('C');
    const [one, other] = [await redrive(executionArn, 'token-1'), await redrive(executionArn, 'token-1')];
    expect(one.redriveDate).toEqual(other.redriveDate);
    expect(await errorOf(redrive(executionArn, 'token-2'))).toBe('ExecutionNotRedrivable');
    expect((await ended(client, executionArn)).redriveCount).toBe(1);
  });

  test('after a stop, while the old call is still on its way', async () => {
    const executionArn = await started(client, aws.machine('chain', steps()));
    let release = () => {};
    functions.let('B', () => new Promise((resolve) => (release = () => resolve(thrown('Late')()))));
    await until(() => functions.steps === 'A B');
    await client.send(new StopExecutionCommand({ executionArn, error: 'Operator', cause: 'halt' }));
    expect(await describeExecution(executionArn)).toMatchObject({ status: 'ABORTED', error: 'Operator', redriveStatus: 'REDRIVABLE' });
    functions.let('B');
    await redrive(executionArn);
    expect((await ended(client, executionArn)).status).toBe('SUCCEEDED');
    const { length } = await historyOf(client, executionArn);
    release();
    await describeExecution(executionArn);
    expect([(await historyOf(client, executionArn)).length, functions.steps]).toEqual([length, 'A B B C D']);
  });

  test('keeps the definition and the version that the execution began with', async () => {
    const stateMachineArn = aws.machine('updated', steps());
    const versionArn = aws.publish(stateMachineArn);
    const executions = [await failedAt('C', stateMachineArn), await failedAt('C', versionArn)];
    aws.machine('updated', machine({ C: task('New') }));
    functions.calls.length = 0;
    for (const executionArn of executions) {
      await redrive(executionArn);
      expect((await ended(client, executionArn)).output).toBe('{"v":4}');
    }
    expect(functions.steps).toBe('C D C D');
    expect((await describeExecution(executions[1] ?? '')).stateMachineVersionArn).toBe(versionArn);
    const pinned = await client.send(new DescribeStateMachineForExecutionCommand({ executionArn: executions[0] }));
    expect([pinned.stateMachineArn, JSON.parse(pinned.definition ?? '')]).toEqual([stateMachineArn, steps()]);
    await ended(client, await started(client, stateMachineArn));
    await ended(client, await started(client, versionArn));
    expect(functions.steps).toBe('C D C D New A B C D');
  });

  test('is refused once the state machine is deleted', async () => {
    const stateMachineArn = aws.machine('deleted', steps());
    const executionArn = await failedAt('A', stateMachineArn);
    aws.delete(stateMachineArn);
    expect(await errorOf(redrive(executionArn))).toBe('ExecutionNotRedrivable');
  });

  test('twenty executions, each redriven twice at once, are redriven once each', async () => {
    const stateMachineArn = aws.machine('twenty', machine({ C: task('C') }));
    functions.let('C', thrown('QuotaExceeded'));
    const arns = await Promise.all(Array.from({ length: 20 }, () => started(client, stateMachineArn)));
    for (const executionArn of arns) await ended(client, executionArn);
    functions.let('C');
    const errors = await Promise.all(arns.flatMap((executionArn) => [errorOf(redrive(executionArn)), errorOf(redrive(executionArn))]));
    expect(errors.filter((error) => error === 'ExecutionNotRedrivable')).toHaveLength(20);
    for (const executionArn of arns) expect(await ended(client, executionArn)).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1 });
    expect(functions.calls).toHaveLength(40);
  });

  test('runs under the newest session of the role', async () => {
    const executionArn = await failedAt('C');
    const first = aws.requests.filter(({ action }) => action === 'Invoke').at(-1)?.accessKeyId;
    await redrive(executionArn);
    await ended(client, executionArn);
    const last = aws.requests.filter(({ action }) => action === 'Invoke').at(-1)?.accessKeyId;
    expect(first).toMatch(/^role-chain-\d+$/);
    expect(last).toMatch(/^role-chain-\d+$/);
    expect(last).not.toBe(first);
  });

  test('fails at once when the role may no longer be assumed', async () => {
    const executionArn = await failedAt('C');
    const data = { executionArn };
    await aws.handOver({ ...aws.handOverOf('RedriveExecution', data), roleCredentials: null });
    let description: Record<string, unknown>;
    do description = (await aws.handOver({ ...aws.handOverOf('DescribeExecution', data), roleCredentials: null })).body;
    while (description['status'] === 'RUNNING');
    expect(description).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: expect.stringContaining('No session of the role'),
    });
    expect(functions.steps).toBe('A B C');
  });

  test('after the function died without a word', async () => {
    const executionArn = await (async () => {
      functions.let('C', () => ({
        functionError: true,
        body: { errorMessage: 'RequestId: 1 Error: Runtime exited', errorType: 'Runtime.ExitError' },
      }));
      return started(client, aws.machine('dies', steps()));
    })();
    expect(await ended(client, executionArn)).toMatchObject({ status: 'FAILED', error: 'Runtime.ExitError' });
    functions.let('C');
    await redrive(executionArn);
    expect((await ended(client, executionArn)).status).toBe('SUCCEEDED');
    expect(functions.steps).toBe('A B C C D');
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
test('task tokens over the wire: the old one is dead after a failure, a stop and a redrive', async () => {
  const tokens: string[] = [];
  aws.on('SendMessage', (request) => {
    tokens.push(JSON.parse(String(request.body['MessageBody'])).token);
    return messageTaken(request);
  });
  const send = {
    Type: 'Task',
    Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
    Arguments: { QueueUrl: 'http://queue', MessageBody: { token: '{% $states.context.Task.Token %}' } },
    Output: "{% {'v': $states.result.n} %}",
    End: true,
  };
  const executionArn = await started(client, aws.machine('tokens', machine({ A: task('A', 'S'), S: send })));
  const succeed = (taskToken: string | undefined, n: number) =>
    client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify({ n }) }));
  await until(() => tokens.length === 1);
  await client.send(new SendTaskFailureCommand({ taskToken: tokens[0], error: 'NotApproved', cause: 'x' }));
  expect(await ended(client, executionArn)).toMatchObject({ status: 'FAILED', error: 'NotApproved' });

  await redrive(executionArn);
  await until(() => tokens.length === 2);
  expect(await errorOf(succeed(tokens[0], 1))).toBe('TaskTimedOut');
  await client.send(new StopExecutionCommand({ executionArn }));
  expect(await errorOf(succeed(tokens[1], 2))).toBe('TaskTimedOut');
  expect((await describeExecution(executionArn)).status).toBe('ABORTED');

  await redrive(executionArn);
  await until(() => tokens.length === 3);
  await succeed(tokens[2], 3);
  expect(await ended(client, executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '{"v":3}', redriveCount: 2 });
  expect([functions.steps, new Set(tokens).size]).toEqual(['A', 3]);
});

// https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
describe('status events', () => {
  test('arrive on the bus in order, under the engine session', async () => {
    const executionArn = await failedAt('C');
    await redrive(executionArn);
    await ended(client, executionArn);
    await until(() => aws.statusEvents.length === 4);
    expect(
      aws.statusEvents.map(({ status, redriveCount, redriveStatus, redriveDate, error }) => [
        status,
        redriveCount,
        redriveStatus,
        typeof redriveDate,
        error,
      ]),
    ).toEqual([
      ['RUNNING', 0, 'NOT_REDRIVABLE', 'object', null],
      ['FAILED', 0, 'REDRIVABLE', 'object', 'QuotaExceeded'],
      ['RUNNING', 1, 'NOT_REDRIVABLE', 'number', null],
      ['SUCCEEDED', 1, 'NOT_REDRIVABLE', 'number', null],
    ]);
    expect(aws.requests.find(({ action }) => action === 'PutEvents')?.accessKeyId).toMatch(/^engine-/);
  });

  test('that cannot be said fail no execution and are logged', async () => {
    const log = jest.spyOn(console, 'error').mockImplementation(() => {});
    try {
      aws.on('PutEvents', () => ({ status: 400, errorType: 'AccessDeniedException', body: { message: 'no' } }));
      const executionArn = await started(client, aws.machine('silent', chain()));
      expect((await ended(client, executionArn)).status).toBe('SUCCEEDED');
      await until(() => log.mock.calls.length >= 2);
      expect(String(log.mock.calls[0]?.[0])).toContain(`${executionArn} was not delivered: AccessDeniedException`);
    } finally {
      log.mockRestore();
    }
  });
});
