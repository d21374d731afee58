import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  type SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EmulatedAws, ended, historyOf, started, until } from './support/emulated-aws.ts';
import { Functions, thrown } from './support/functions.ts';
import { machine, task } from './support/world.ts';

let aws: EmulatedAws;
let client: SFNClient;
let functions: Functions;
let child: string;
let parent: string;
beforeAll(async () => {
  aws = await EmulatedAws.start();
  client = aws.client();
  functions = new Functions(aws);
  child = aws.machine('child', machine({ K: task('K') }));
  const nested = {
    Type: 'Task',
    Resource: 'arn:aws:states:::states:startExecution.sync:2',
    Arguments: { StateMachineArn: child, Input: { v: '{% $states.input.v %}' } },
    Output: "{% {'v': $states.result.Output.v} %}",
    Next: 'B',
  };
  parent = aws.machine('parent', machine({ A: task('A', 'N'), N: nested, B: task('B') }));
});
afterAll(() => aws.close());

// https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
test('a parent has the output of the execution that it started', async () => {
  functions.calls.length = 0;
  const executionArn = await started(client, parent);
  expect(await ended(client, executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '{"v":3}' });
  const submitted = (await historyOf(client, executionArn)).find(({ type }) => type === 'TaskSubmitted')?.taskSubmittedEventDetails;
  expect(JSON.parse(submitted?.output ?? '')).toMatchObject({ ExecutionArn: expect.stringContaining(':execution:child:') });
  expect(functions.steps).toBe('A K B');
});

test('the failure of the child fails the parent, whose redrive starts another child', async () => {
  functions.calls.length = 0;
  functions.let('K', thrown('ChildError'));
  const executionArn = await started(client, parent);
  const failed = await ended(client, executionArn);
  const cause = JSON.parse(failed.cause ?? '');
  expect([failed.status, failed.error, cause.Error, cause.Status]).toEqual(['FAILED', 'States.TaskFailed', 'ChildError', 'FAILED']);
  expect((await client.send(new DescribeExecutionCommand({ executionArn: cause.ExecutionArn }))).redriveStatus).toBe('REDRIVABLE');
  functions.let('K');
  await client.send(new RedriveExecutionCommand({ executionArn }));
  expect(await ended(client, executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '{"v":3}' });
  expect(functions.steps).toBe('A K K B');
  await client.send(new RedriveExecutionCommand({ executionArn: cause.ExecutionArn }));
  expect((await ended(client, cause.ExecutionArn)).status).toBe('SUCCEEDED');
});

test('stopping the parent stops the child', async () => {
  functions.calls.length = 0;
  functions.let('K', () => new Promise(() => {}));
  const executionArn = await started(client, parent);
  await until(() => functions.steps === 'A K');
  await client.send(new StopExecutionCommand({ executionArn }));
  const running = async () =>
    (await client.send(new ListExecutionsCommand({ stateMachineArn: child, statusFilter: 'RUNNING' }))).executions ?? [];
  while ((await running()).length > 0);
  const { executions } = await client.send(new ListExecutionsCommand({ stateMachineArn: child, statusFilter: 'ABORTED' }));
  expect(executions).toHaveLength(1);
  functions.let('K');
  await client.send(new RedriveExecutionCommand({ executionArn }));
  expect((await ended(client, executionArn)).status).toBe('SUCCEEDED');
});

test('startExecution alone does not wait', async () => {
  const state = {
    Type: 'Task',
    Resource: 'arn:aws:states:::states:startExecution',
    Arguments: { StateMachineArn: child, Input: { v: 1 }, Name: 'given' },
    End: true,
  };
  const { output } = await ended(client, await started(client, aws.machine('starter', machine({ T: state }))));
  expect(JSON.parse(output ?? '')).toEqual({
    ExecutionArn: `${child.replace(':stateMachine:', ':execution:')}:given`,
    StartDate: expect.any(String),
  });
});
