import { randomUUID } from 'node:crypto';
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand, type Target } from '@aws-sdk/client-eventbridge';
import { AddPermissionCommand, LambdaClient, PutFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda';
import { type Message, ReceiveMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type BareMiniStack,
  createFunction,
  createQueue,
  createRole,
  eventually,
  policy,
  startBareMiniStack,
  trustService,
} from '../../support/bare-ministack.ts';

let stack: BareMiniStack;
let events: EventBridgeClient;
let sqs: SQSClient;
beforeAll(async () => {
  stack = await startBareMiniStack();
  events = new EventBridgeClient(stack.options());
  sqs = new SQSClient(stack.options());
});
afterAll(() => stack.stop());

type Queue = Awaited<ReturnType<typeof createQueue>>;

async function letEventBridgeSend(queue: Queue, ruleArn: string): Promise<void> {
  const Policy = policy([
    {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: queue.arn,
      Condition: { ArnEquals: { 'aws:SourceArn': ruleArn } },
    },
  ]);
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl: queue.url, Attributes: { Policy } }));
}

/** A rule on a source of its own, its ARN, and how to fire it. */
async function createRule(target: Omit<Target, 'Id'>) {
  const source = `shop-${randomUUID()}`;
  const { RuleArn = '' } = await events.send(new PutRuleCommand({ Name: source, EventPattern: JSON.stringify({ source: [source] }) }));
  await events.send(new PutTargetsCommand({ Rule: source, Targets: [{ Id: 'target', ...target } as Target] }));
  const fire = () => events.send(new PutEventsCommand({ Entries: [{ Source: source, DetailType: 'Sold', Detail: '{"n":1}' }] }));
  return { arn: RuleArn, fire };
}

async function messages(queue: Queue): Promise<Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: queue.url, MessageAttributeNames: ['All'], MaxNumberOfMessages: 10 }),
  );
  return Messages;
}

const arrival = (queue: Queue) => eventually('The message', async () => (await messages(queue))[0]);

test('a queue gets events only from rules that its policy names; the others go to the dead-letter queue', async () => {
  const [queue, deadLetters] = [await createQueue(stack), await createQueue(stack)];
  const rule = await createRule({ Arn: queue.arn, DeadLetterConfig: { Arn: deadLetters.arn } });
  await letEventBridgeSend(deadLetters, rule.arn);
  await rule.fire();
  const dead = await arrival(deadLetters);
  expect(dead.MessageAttributes?.['ERROR_CODE']?.StringValue).toBe('NO_PERMISSIONS');
  expect(JSON.parse(dead.Body ?? '')).toMatchObject({ detail: { n: 1 } });
  await letEventBridgeSend(queue, `${rule.arn}-other`);
  await rule.fire();
  await arrival(deadLetters);
  expect(await messages(queue)).toEqual([]);
  await letEventBridgeSend(queue, rule.arn);
  await rule.fire();
  expect(JSON.parse((await arrival(queue)).Body ?? '')).toMatchObject({ 'detail-type': 'Sold', detail: { n: 1 } });
});

test('a function is invoked only if it permits the rule, is retried, and its failures are kept', async () => {
  const [refused, failed] = [await createQueue(stack), await createQueue(stack)];
  const lambda = new LambdaClient(stack.options());
  const roleArn = await createRole(stack, [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' }], {
    trust: [trustService('lambda.amazonaws.com')],
  });
  const FunctionName = await createFunction(stack, `exports.handler = async () => { throw new RangeError('always') }`, { roleArn });
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName,
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: failed.arn } },
    }),
  );
  const rule = await createRule({ Arn: FunctionName, DeadLetterConfig: { Arn: refused.arn } });
  await letEventBridgeSend(refused, rule.arn);
  await rule.fire();
  expect((await arrival(refused)).MessageAttributes?.['TARGET_ARN']?.StringValue).toBe(FunctionName);
  await lambda.send(
    new AddPermissionCommand({
      FunctionName,
      StatementId: 'rule',
      Principal: 'events.amazonaws.com',
      Action: 'lambda:InvokeFunction',
      SourceArn: rule.arn,
    }),
  );
  await rule.fire();
  expect(JSON.parse((await arrival(failed)).Body ?? '')).toMatchObject({ responsePayload: { errorType: 'RangeError' } });
});

test('an entry without its fields, or whose detail is no object, fails alone and in its place', async () => {
  const entry = { Source: 'shop', DetailType: 'Sold', Detail: '{}' };
  const { FailedEntryCount, Entries } = await events.send(
    new PutEventsCommand({
      Entries: [{ ...entry, Detail: 'not JSON' }, entry, { ...entry, Detail: '[]' }, { Source: 'shop', Detail: '{}' }],
    }),
  );
  expect(FailedEntryCount).toBe(3);
  expect(Entries?.map(({ ErrorCode, EventId }) => ErrorCode ?? typeof EventId)).toEqual([
    'MalformedDetail',
    'string',
    'MalformedDetail',
    'InvalidArgument',
  ]);
});
