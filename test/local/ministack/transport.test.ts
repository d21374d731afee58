import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { assumeRole, type BareMiniStack, createRole, startBareMiniStack } from '../../support/bare-ministack.ts';

let stack: BareMiniStack;
beforeAll(async () => {
  stack = await startBareMiniStack();
});
afterAll(() => stack.stop());

test('a queue that refuses unencrypted transport serves this machine', async () => {
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Deny', Principal: '*', Action: 'sqs:*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    ],
  });
  const root = new SQSClient(stack.options());
  const { QueueUrl } = await root.send(new CreateQueueCommand({ QueueName: 'encrypted-in-transit', Attributes: { Policy } }));
  const role = await createRole(stack, [{ Effect: 'Allow', Action: 'sqs:*', Resource: '*' }]);
  const reader = new SQSClient(stack.options(await assumeRole(stack, role)));
  const { Attributes } = await reader.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  expect(Attributes?.['QueueArn']).toMatch(/:encrypted-in-transit$/);
});
