import { LambdaClient, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Meter } from '../../../bench/measure/meter.ts';
import { type CallFault, callFaults } from '../../faults/cases/fault-case.ts';
import { type BareMiniStack, createFunction, invoke, startBareMiniStack } from '../../support/bare-ministack.ts';

let stack: BareMiniStack;
let functionArn: string;
const chaos = async (method: string, content?: object, query = '') => {
  const answer = await fetch(`${stack.endpoint}/_tenantry/chaos${query}`, {
    method,
    ...(content ? { body: JSON.stringify(content) } : {}),
  });
  return { status: answer.status, body: await answer.json() };
};

beforeAll(async () => {
  stack = await startBareMiniStack();
  // It asks once, as an SDK does in a function, and says what it was answered.
  functionArn = await createFunction(
    stack,
    `exports.handler = async () => {
       const headers = { 'x-amz-target': 'DynamoDB_20120810.TransactWriteItems', 'x-amzn-trace-id': process.env._X_AMZN_TRACE_ID };
       const asked = fetch(process.env.AWS_ENDPOINT_URL, { method: 'POST', headers, body: '{}' });
       return asked.then(async (answer) => (await answer.json()).__type ?? 'served', (error) => error.cause?.code ?? error.message);
     }`,
    { timeoutSeconds: 2 },
  );
  const lambda = new LambdaClient(stack.options());
  // As lib/handler.ts describes each function.
  await lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName: functionArn, Description: 'Tenantry: lambdas/steps/make-thing.ts' }),
  );
});
afterEach(() => chaos('DELETE'));
afterAll(() => stack.stop());

/** What the function says of its call, and how often the service was asked. */
async function called(event: object = { tenantId: 'one' }) {
  const meter = new Meter(stack.endpoint);
  await meter.start();
  const { payload } = await invoke(stack, functionArn, event);
  const { requests, invocations } = await meter.stop();
  return { said: payload, asked: requests.filter(({ service }) => service === 'dynamodb').length, invoked: invocations.length };
}
const undisturbed = { said: expect.stringMatching(/Auth|Access|Token/), asked: 1, invoked: 1 };
const befalls = (fault: string, more: object = {}) => chaos('POST', { step: 'MakeThing', fault, ...more });

const outcomes: [CallFault, object][] = [
  ['throttled', { said: 'ThrottlingException', asked: 0 }],
  ['server-error', { said: 'InternalServerError', asked: 0 }],
  ['denied', { said: 'AccessDeniedException', asked: 0 }],
  ['conflict', { said: expect.stringContaining('TransactionCanceledException'), asked: 0 }],
  ['connection-reset', { said: expect.stringMatching(/SOCKET|ECONNRESET/), asked: 0 }],
  ['answer-lost', { said: expect.stringMatching(/SOCKET|ECONNRESET/), asked: 1 }],
  ['sent-twice', { said: undisturbed.said, asked: 2 }],
  ['killed-before', { said: { errorType: 'Runtime.ExitError', errorMessage: expect.any(String) }, asked: 0 }],
  ['killed-after', { said: { errorType: 'Runtime.ExitError', errorMessage: expect.any(String) }, asked: 1 }],
  ['late-return', { ...undisturbed, asked: 2, invoked: 2 }],
  ['overtaken', { ...undisturbed, asked: 2, invoked: 2 }],
  ['timed-out', { said: { errorType: 'Sandbox.Timedout', errorMessage: expect.any(String) }, asked: 0 }],
];

test('the faults of a call are those of the fault matrix', () => {
  expect(outcomes.map(([fault]) => fault).sort()).toEqual([...callFaults].sort());
});

test.each(outcomes)('a call that is %s', async (fault, outcome) => {
  await befalls(fault, { times: 1 });
  expect(await called()).toMatchObject(outcome);
  expect(await called()).toMatchObject(undisturbed);
  expect((await chaos('GET')).body).toMatchObject({ faults: [{ step: 'MakeThing', fault, times: 1, struck: 1 }] });
});

test('a fault befalls its step, call and tenant alone, until it is switched off', async () => {
  await befalls('denied', { step: 'MakeOther' });
  await befalls('denied', { call: 'GetItem' });
  await befalls('denied', { tenantId: 'two' });
  expect(await called()).toMatchObject(undisturbed);
  for (const _ of [1, 2]) expect(await called({ tenantId: 'two' })).toMatchObject({ said: 'AccessDeniedException' });
  const { faults } = (await chaos('GET')).body as { faults: { faultId: string; struck: number }[] };
  expect(faults.map(({ struck }) => struck)).toEqual([0, 0, 2]);
  expect((await chaos('DELETE', undefined, `?faultId=${faults[2]?.faultId}`)).body).toMatchObject({ faults: [{}, {}] });
  expect(await called({ tenantId: 'two' })).toMatchObject(undisturbed);
  expect((await chaos('DELETE')).body).toEqual({ faults: [] });
});

test('a fault that does not exist is refused, with its name', async () => {
  expect(await befalls('unplugged')).toEqual({ status: 400, body: { message: 'There is no fault unplugged.' } });
});
