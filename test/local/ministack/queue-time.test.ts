import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type BareMiniStack, startBareMiniStack } from '../../support/bare-ministack.ts';
import { passQueueTime } from '../../support/queue-time.ts';

let stack: BareMiniStack;
beforeAll(async () => {
  stack = await startBareMiniStack();
});
afterAll(() => stack.stop());

test('messages of one queue are visible when as much time has passed for it as they wait, and those of another are not', async () => {
  const sqs = new SQSClient(stack.options());
  const make = async (QueueName: string) => (await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl as string;
  const [one, other] = [await make('one'), await make('other')];
  for (const QueueUrl of [one, other]) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', DelaySeconds: 600 }));
  const received = async (QueueUrl: string) => (await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages?.length ?? 0;
  await passQueueTime(stack.endpoint, one, 590);
  expect(await received(one)).toBe(0);
  await passQueueTime(stack.endpoint, one, 10);
  expect([await received(one), await received(other)]).toEqual([1, 0]);
  await expect(passQueueTime(stack.endpoint, `${one}-that-is-not-there`, 1)).rejects.toThrow('404');
});
