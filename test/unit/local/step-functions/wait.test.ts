import { describe, expect, test } from '@jest/globals';
import { machine, World } from './support/world.ts';

const day = 24 * 60 * 60;

// https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
describe('wait', () => {
  test.each([
    ['a number', 90, 90],
    ['an expression', '{% $states.input.days * 86400 %}', 30 * day],
    ['nothing', 0, 0],
  ])('for %s of seconds', async (_, seconds, expected) => {
    const world = new World();
    const execution = await world.run(machine({ W: { Type: 'Wait', Seconds: seconds, End: true } }), { days: 30 });
    expect(execution.status).toBe('SUCCEEDED');
    expect(world.elapsed).toBe(expected * 1000);
  });

  test('until a time', async () => {
    const world = new World();
    await world.run(machine({ W: { Type: 'Wait', Timestamp: '{% $states.input.at %}', End: true } }), { at: '2026-01-02T01:00:00+01:00' });
    expect(world.elapsed).toBe(day * 1000);
  });

  test('not at all until a time that has passed', async () => {
    const world = new World();
    const execution = await world.run(machine({ W: { Type: 'Wait', Timestamp: '2020-01-01T00:00:00Z', End: true } }));
    expect([execution.status, world.elapsed]).toEqual(['SUCCEEDED', 0]);
  });

  test.each(['-1', '1.5', "'soon'", '100000000'])('%s is no number of seconds', async (seconds) => {
    const execution = await new World().run(machine({ W: { Type: 'Wait', Seconds: `{% ${seconds} %}`, End: true } }));
    expect([execution.status, execution.error]).toEqual(['FAILED', 'States.QueryEvaluationError']);
  });

  test('a day is no time', async () => {
    const execution = await new World().run(machine({ W: { Type: 'Wait', Timestamp: "{% '2026-01-01' %}", End: true } }));
    expect([execution.status, execution.error]).toEqual(['FAILED', 'States.QueryEvaluationError']);
  });
});
