import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EmulatedAws } from './support/emulated-aws.ts';
import { machine } from './support/world.ts';

let aws: EmulatedAws;
beforeAll(async () => {
  aws = await EmulatedAws.start();
  aws.machine('simple', machine({ A: { Type: 'Pass', End: true } }));
  aws.machine('express', machine({ A: { Type: 'Pass', End: true } }), { type: 'EXPRESS' });
  aws.machine('paths', { StartAt: 'A', States: { A: { Type: 'Pass', ResultPath: '$.x', End: true } } });
});
afterAll(() => aws.close());

const arn = (name: string) => `arn:aws:states:eu-central-1:000000000000:stateMachine:${name}`;
const start = (name: string) => aws.handOverOf('StartExecution', { stateMachineArn: arn(name) });

describe('the hand-over', () => {
  test('is answered with what AWS answers, dates in seconds', async () => {
    const { status, body } = await aws.handOver(start('simple'));
    expect(status).toBe(200);
    expect(body['executionArn']).toMatch(/^arn:aws:states:eu-central-1:000000000000:execution:simple:/);
    expect(Math.abs(Number(body['startDate']) - Date.now() / 1000)).toBeLessThan(60);
  });

  test.each([{}, { 'x-engine-secret': 'guessed' }] as Record<string, string>[])('is refused with the headers %j', async (headers) => {
    expect((await aws.handOver(start('simple'), headers)).status).toBe(403);
  });

  test.each(['{', '[]', '{"action": "StartExecution"}'])('is refused when it is %s', async (text) => {
    const { status, body } = await aws.handOver(text);
    expect([status, body['__type']]).toEqual([400, 'ValidationException']);
  });

  test.each(['ListActivities', 'constructor'])('of the action %s is refused', async (action) => {
    const { status, body } = await aws.handOver(aws.handOverOf(action, {}));
    expect([status, body]).toEqual([400, { __type: 'ValidationException', message: `The action ${action} is not served here.` }]);
  });

  test('that is too large is refused', async () => {
    expect((await aws.handOver({ ...start('simple'), padding: 'x'.repeat(9 * 1024 * 1024) })).status).toBe(413);
  });
});

describe('what is not served says so', () => {
  test('state machines of type EXPRESS', async () => {
    expect((await aws.handOver(start('express'))).body).toMatchObject({
      __type: 'StateMachineTypeNotSupported',
      message: expect.stringContaining('STANDARD'),
    });
    expect((await aws.handOver(aws.handOverOf('StartSyncExecution', { stateMachineArn: arn('simple') }))).body).toMatchObject({
      __type: 'StateMachineTypeNotSupported',
    });
  });

  test('JSONPath', async () => {
    expect((await aws.handOver(start('paths'))).body).toMatchObject({
      __type: 'InvalidDefinition',
      message: expect.stringContaining('State "A": ResultPath is JSONPath'),
    });
  });
});

// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
test('a definition can be validated', async () => {
  const validate = async (definition: object) =>
    (await aws.handOver(aws.handOverOf('ValidateStateMachineDefinition', { definition: JSON.stringify(definition) }))).body;
  expect(await validate(machine({ A: { Type: 'Succeed' } }))).toEqual({ result: 'OK', diagnostics: [], truncated: false });
  expect(await validate(machine({ A: { Type: 'Pass' } }))).toMatchObject({
    result: 'FAIL',
    diagnostics: [{ severity: 'ERROR', message: 'State "A": Next is missing (or "End": true)' }],
  });
});
