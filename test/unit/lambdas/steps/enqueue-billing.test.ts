import { expect, test } from '@jest/globals';
import { runStep, tenantBefore } from '../../../support/onboarding.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { newWorld } from '../../../support/world.ts';

collectOutput();

test('puts the tenant’s id, and nothing else, into the queue', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'EnqueueBilling');
  const result = await runStep(world, 'EnqueueBilling', tenantId);
  expect(world.messages).toEqual([{ queueUrl: 'https://sqs.example.com/billing', body: JSON.stringify({ tenantId }), attributes: {} }]);
  expect(result).toEqual({ messageId: 'message-1' });
});
