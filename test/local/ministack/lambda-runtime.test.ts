import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type BareMiniStack, createFunction, invoke, startBareMiniStack } from '../../support/bare-ministack.ts';

let stack: BareMiniStack;
beforeAll(async () => {
  stack = await startBareMiniStack();
});
afterAll(() => stack.stop());

test('a thrown error keeps its name, message and trace', async () => {
  const arn = await createFunction(
    stack,
    `class Conflict extends Error { name = 'Conflict' }
     exports.handler = async () => { throw new Conflict('taken by another tenant') }`,
  );
  const answer = await invoke(stack, arn);
  expect(answer.failed).toBe(true);
  expect(answer.payload).toMatchObject({ errorType: 'Conflict', errorMessage: 'taken by another tenant' });
  expect((answer.payload as { trace: string[] }).trace[0]).toBe('Conflict: taken by another tenant');
});

test('an error thrown synchronously keeps its name, and a rejection without a value is an error too', async () => {
  const thrown = await createFunction(stack, `exports.handler = () => { throw new RangeError('out of range') }`);
  expect((await invoke(stack, thrown)).payload).toMatchObject({ errorType: 'RangeError', errorMessage: 'out of range' });
  const rejected = await createFunction(stack, 'exports.handler = () => Promise.reject()');
  expect((await invoke(stack, rejected)).failed).toBe(true);
});

test('a failing handler does not end its process', async () => {
  const arn = await createFunction(
    stack,
    `let calls = 0;
     exports.handler = async ({ fail }) => { calls += 1; if (fail) throw new Error('once'); return { calls, process: process.pid } }`,
  );
  const before = (await invoke(stack, arn)).payload as { calls: number; process: number };
  expect((await invoke(stack, arn, { fail: true })).failed).toBe(true);
  expect((await invoke(stack, arn)).payload).toEqual({ calls: before.calls + 2, process: before.process });
});

test('each invocation reports its own log lines, all of them', async () => {
  const arn = await createFunction(
    stack,
    `exports.handler = async ({ n }) => { for (let i = 0; i < 50; i += 1) console.log('call', n, 'line', i) }`,
  );
  for (const n of [1, 2, 3]) {
    const { log } = await invoke(stack, arn, { n });
    expect(log.match(/call \d line \d+/g)).toEqual(Array.from({ length: 50 }, (_, i) => `call ${n} line ${i}`));
  }
});

test('a function that takes too long ends as on AWS', async () => {
  const arn = await createFunction(stack, 'exports.handler = () => new Promise(() => setInterval(() => {}, 1000))', { timeoutSeconds: 1 });
  expect((await invoke(stack, arn)).payload).toEqual({
    errorType: 'Sandbox.Timedout',
    errorMessage: expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/),
  });
});

test('a process that dies is Runtime.ExitError, and the next call has a new one', async () => {
  const arn = await createFunction(stack, `exports.handler = async ({ die }) => { if (die) process.exit(3); return 'alive' }`);
  expect((await invoke(stack, arn, { die: true })).payload).toMatchObject({ errorType: 'Runtime.ExitError' });
  expect((await invoke(stack, arn)).payload).toBe('alive');
});

test('an error while the code loads keeps its name', async () => {
  const arn = await createFunction(stack, `throw new TypeError('no table configured'); exports.handler = async () => {}`);
  expect((await invoke(stack, arn)).payload).toMatchObject({ errorType: 'TypeError', errorMessage: 'no table configured' });
});

test('calls beyond the bound wait for a free process, and none is refused', async () => {
  const arn = await createFunction(
    stack,
    'exports.handler = async () => { await new Promise((done) => setTimeout(done, 20)); return process.pid }',
  );
  const answers = await Promise.all(Array.from({ length: 24 }, () => invoke(stack, arn)));
  expect(answers.every(({ failed, payload }) => !failed && typeof payload === 'number')).toBe(true);
  expect(new Set(answers.map(({ payload }) => payload)).size).toBeLessThanOrEqual(8);
});
