import { randomUUID } from 'node:crypto';
import { LambdaClient, PutFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda';
import { CreateScheduleCommand, GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { stopReactions } from '../../../local/stop-reactions.ts';
import {
  type BareMiniStack,
  createFunction,
  createQueue,
  createRole,
  eventually,
  type Statement,
  startBareMiniStack,
  trustService,
} from '../../support/bare-ministack.ts';

let stack: BareMiniStack;
let scheduler: SchedulerClient;
let sqs: SQSClient;
beforeAll(async () => {
  stack = await startBareMiniStack();
  scheduler = new SchedulerClient(stack.options());
  sqs = new SQSClient(stack.options());
});
afterAll(() => stack.stop());

async function makeQueue() {
  const { url, arn } = await createQueue(stack);
  const receive = async () => {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url, MessageAttributeNames: ['All'] }));
    return Messages[0];
  };
  return { arn, receive };
}

/** A function that always fails, and the queue in which each of its invocations is kept then. */
async function createTarget() {
  const invocations = await makeQueue();
  const roleArn = await createRole(stack, [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: invocations.arn }], {
    trust: [trustService('lambda.amazonaws.com')],
  });
  const arn = await createFunction(stack, `exports.handler = async () => { throw new RangeError('always') }`, { roleArn });
  await new LambdaClient(stack.options()).send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: arn,
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: invocations.arn } },
    }),
  );
  return { arn, invocations };
}

/** A schedule whose time has come. */
const schedule = (targetArn: string, roleArn: string, deadLettersArn: string) =>
  scheduler.send(
    new CreateScheduleCommand({
      Name: `schedule-${randomUUID()}`,
      ScheduleExpression: `at(${new Date().toISOString().slice(0, 19)})`,
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: targetArn, RoleArn: roleArn, Input: '{"n":1}', DeadLetterConfig: { Arn: deadLettersArn } },
    }),
  );

const createScheduleRole = (statements: Statement[], service = 'scheduler.amazonaws.com') =>
  createRole(stack, statements, { trust: [trustService(service)] });
const allow = (Action: string, Resource: string) => ({ Effect: 'Allow', Action, Resource });

test("a schedule invokes its function by its role's permission, and none by a role that only others may assume", async () => {
  const [target, other, deadLetters] = [await createTarget(), await createTarget(), await makeQueue()];
  await schedule(other.arn, await createScheduleRole([allow('lambda:InvokeFunction', other.arn)], 'events.amazonaws.com'), deadLetters.arn);
  await schedule(target.arn, await createScheduleRole([allow('lambda:InvokeFunction', target.arn)]), deadLetters.arn);
  const { Body = '' } = await eventually('The invocation', target.invocations.receive);
  expect(JSON.parse(Body)).toMatchObject({ requestPayload: { n: 1 } });
  // The schedules are looked at in their order.
  expect(await other.invocations.receive()).toBeUndefined();
});

test('what the role may not invoke goes to the dead-letter queue, if the role may send there', async () => {
  const [target, deadLetters] = [await createTarget(), await makeQueue()];
  await schedule(target.arn, await createScheduleRole([allow('sqs:SendMessage', deadLetters.arn)]), deadLetters.arn);
  const { Body, MessageAttributes } = await eventually('The dead letter', deadLetters.receive);
  expect(Body).toBe('{"n":1}');
  expect(MessageAttributes).toMatchObject({
    ERROR_CODE: { StringValue: 'AccessDeniedException' },
    TARGET_ARN: { StringValue: target.arn },
  });
  expect(await target.invocations.receive()).toBeUndefined();
});

test('a schedule rests while reactions are stopped, and is as it was when they are not any more', async () => {
  const Name = `schedule-${randomUUID()}`;
  const { arn } = await createTarget();
  const Target = { Arn: arn, RoleArn: await createScheduleRole([allow('lambda:InvokeFunction', arn)]), Input: '{"n":2}' };
  await scheduler.send(
    new CreateScheduleCommand({
      Name,
      ScheduleExpression: 'rate(5 minutes)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target,
      Description: 'Comes.',
    }),
  );
  const read = async () => {
    const { State, ScheduleExpression, Description, Target } = await scheduler.send(new GetScheduleCommand({ Name }));
    return { State, ScheduleExpression, Description, Target };
  };
  const before = await read();
  expect(before).toMatchObject({ State: 'ENABLED', Target });
  const { endpoint, region, credentials } = stack.options();
  const resume = await stopReactions({ endpoint, region, credentials: { sessionToken: '', ...credentials } });
  expect(await read()).toEqual({ ...before, State: 'DISABLED' });
  await resume();
  expect(await read()).toEqual(before);
});
