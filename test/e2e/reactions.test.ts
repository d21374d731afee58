import { paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { expect, test } from '@jest/globals';
import { lambda, logs, sqs } from './support/clients.ts';
import { cannotReadTenant, functionOf, physicalId } from './support/faults.ts';
import { executionsOf, readHead } from './support/records.ts';
import { confirm, onboard, signUp, untilOnboarded } from './support/signups.ts';
import { until } from './support/until.ts';

/* What wakes the workflow may fail too: no confirmed signup is lost by that, and none keeps the others waiting. */

const fault = cannotReadTenant('StartOnboarding');

/** How often the reaction has said that it failed for a tenant. */
async function failuresOf(tenantId: string): Promise<number> {
  const logGroupName = await physicalId('Tenantry-Pipeline', 'StartOnboardingLog', 'AWS::Logs::LogGroup');
  let count = 0;
  for await (const { events = [] } of paginateFilterLogEvents({ client: logs }, { logGroupName }))
    count += events.filter(({ message }) => message?.includes('The reaction failed') && message.includes(tenantId)).length;
  return count;
}

test('a start that fails is tried again by itself', async () => {
  const signup = await signUp();
  await fault.break(signup.tenantId);
  await confirm(signup);
  await until('The first failure', async () => (await failuresOf(signup.tenantId)) > 0);
  expect(await executionsOf(signup.tenantId)).toEqual([]);
  await fault.mend(signup.tenantId);
  await untilOnboarded(signup);
  expect(await executionsOf(signup.tenantId)).toHaveLength(1);
});

test('a start that keeps failing becomes a dead letter, keeps nobody else waiting, and is made up for by the runbook', async () => {
  const QueueUrl = await physicalId('Tenantry-Pipeline', 'ReactionsDeadLettersQueue', 'AWS::SQS::Queue');
  const signup = await signUp();
  await fault.break(signup.tenantId);
  await confirm(signup);
  const letter = await until('The dead letter', async () => {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 1 }));
    return Messages.find(({ Body }) => Body?.includes('StartOnboarding'));
  });
  expect(JSON.parse(letter.Body ?? '')).toMatchObject({
    requestContext: { functionArn: expect.stringContaining('StartOnboarding'), condition: 'RetryAttemptsExhausted' },
    DDBStreamBatchInfo: { batchSize: 1 },
  });
  await onboard();
  expect((await readHead(signup.tenantId)).status).toBe('PROVISIONING');

  // What docs/runbook.md says under ReactionsDeadLetters.
  await fault.mend(signup.tenantId);
  const record = { dynamodb: { SequenceNumber: '1', NewImage: { tenantId: { S: signup.tenantId } } } };
  const { Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: await functionOf('StartOnboarding'), Payload: JSON.stringify({ Records: [record] }) }),
  );
  expect(JSON.parse(Payload?.transformToString() ?? '')).toEqual({ batchItemFailures: [] });
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: letter.ReceiptHandle }));
  await untilOnboarded(signup);
  expect(await executionsOf(signup.tenantId)).toHaveLength(1);
});
