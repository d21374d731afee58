import { describe, expect, test } from '@jest/globals';
import { eventsOf, machine, outputOf, World } from './support/world.ts';

const tier = {
  Type: 'Choice',
  Choices: [
    {
      Condition: "{% $states.input.tier = 'silo' %}",
      Next: 'Silo',
      Output: { chosen: '{% $states.input.tier %}' },
      Assign: { via: 'first' },
    },
    { Condition: "{% $states.input.tier in ['bridge', 'silo'] %}", Next: 'Silo', Assign: { via: 'second' } },
  ],
  Default: 'Pool',
  Output: { chosen: 'default' },
};
const show = { Type: 'Pass', Output: { input: '{% $states.input %}', via: '{% $exists($via) ? $via : null %}' }, End: true };

// https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
describe('choice', () => {
  test.each([
    ['silo', { input: { chosen: 'silo' }, via: 'first' }],
    ['bridge', { input: { tier: 'bridge' }, via: 'second' }],
    ['pool', { input: { chosen: 'default' }, via: null }],
  ])('%s takes the first rule that holds, with what that rule hands on', async (name, output) => {
    const execution = await new World().run(machine({ Tier: tier, Silo: show, Pool: show }), { tier: name });
    expect(outputOf(execution)).toEqual(output);
  });

  test('no rule and no default is States.NoChoiceMatched', async () => {
    const { Default: _, ...bare } = tier;
    const execution = await new World().run(machine({ Tier: bare, Silo: show }), { tier: 'other' });
    expect([execution.status, execution.error]).toEqual(['FAILED', 'States.NoChoiceMatched']);
  });

  test('a condition that is neither true nor false fails', async () => {
    const choice = { Type: 'Choice', Choices: [{ Condition: '{% $states.input.tier %}', Next: 'Z' }], Default: 'Z' };
    const execution = await new World().run(machine({ Choice: choice, Z: { Type: 'Succeed' } }), { tier: 'silo' });
    expect([execution.status, execution.error]).toEqual(['FAILED', 'States.QueryEvaluationError']);
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html and state-succeed.html
describe('ends', () => {
  test('Fail gives its evaluated error and cause', async () => {
    const fail = { Type: 'Fail', Error: "{% 'Refused' & $states.input.code %}", Cause: '{% $states.input.why %}' };
    const execution = await new World().run(machine({ F: fail }), { code: 42, why: 'no room' });
    expect([execution.status, execution.error, execution.cause]).toEqual(['FAILED', 'Refused42', 'no room']);
    expect(eventsOf(execution)).toEqual(['ExecutionStarted', 'FailStateEntered:F', 'ExecutionFailed']);
  });

  test('Fail needs neither', async () => {
    const execution = await new World().run(machine({ F: { Type: 'Fail' } }));
    expect([execution.status, execution.error, execution.cause]).toEqual(['FAILED', undefined, undefined]);
  });

  test('Succeed hands on its Output, or its input', async () => {
    const world = new World();
    expect(outputOf(await world.run(machine({ S: { Type: 'Succeed' } }), { v: 3 }))).toEqual({ v: 3 });
    expect(outputOf(await world.run(machine({ S: { Type: 'Succeed', Output: '{% $states.input.v * 2 %}' } }), { v: 3 }))).toBe(6);
  });
});
