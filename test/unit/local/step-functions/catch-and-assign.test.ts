import { describe, expect, test } from '@jest/globals';
import { detailsOf, eventsOfType, fails, machine, outputOf, task, World } from './support/world.ts';

// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-fallback-states
describe('catch', () => {
  test('the first catcher that names the error leads on with the error as output', async () => {
    const world = new World();
    world.let('A', fails('Boom', 'too hot'));
    const catchers = [
      { ErrorEquals: ['Other'], Next: 'Wrong' },
      { ErrorEquals: ['States.TaskFailed'], Next: 'Right' },
      { ErrorEquals: ['States.ALL'], Next: 'Wrong' },
    ];
    const execution = await world.run(
      machine({ A: task('A', 'Wrong', { Catch: catchers }), Right: { Type: 'Succeed' }, Wrong: { Type: 'Fail' } }),
    );
    expect(execution.status).toBe('SUCCEEDED');
    expect(outputOf(execution)).toEqual({ Error: 'Boom', Cause: 'too hot' });
  });

  test('a catcher hands on its own Output and assigns its own variables', async () => {
    const world = new World();
    world.let('A', fails('Boom', 'too hot'));
    const catcher = {
      ErrorEquals: ['States.ALL'],
      Next: 'B',
      Assign: { reason: '{% $states.errorOutput.Cause %}' },
      Output: "{% {'error': $states.errorOutput.Error, 'was': $states.input.v} %}",
    };
    const execution = await world.run(
      machine({
        A: task('A', 'B', { Catch: [catcher], Assign: { reason: 'none', never: 1 } }),
        B: { Type: 'Pass', Output: { input: '{% $states.input %}', reason: '{% $reason %}', never: '{% $exists($never) %}' }, End: true },
      }),
      { v: 5 },
    );
    expect(outputOf(execution)).toEqual({ input: { error: 'Boom', was: 5 }, reason: 'too hot', never: false });
  });

  test('retriers come first, then the catcher', async () => {
    const world = new World();
    world.let('A', fails('Boom'));
    const extra = { Retry: [{ ErrorEquals: ['Boom'], MaxAttempts: 2 }], Catch: [{ ErrorEquals: ['Boom'], Next: 'B' }] };
    const execution = await world.run(machine({ A: task('A', 'B', extra), B: { Type: 'Succeed' } }));
    expect([world.steps, execution.status]).toEqual(['A A A', 'SUCCEEDED']);
  });

  test.each(['States.Runtime', 'States.DataLimitExceeded'])('States.ALL does not catch %s', async (error) => {
    const world = new World();
    world.let('A', fails(error));
    const execution = await world.run(
      machine({ A: task('A', 'B', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'B' }] }), B: { Type: 'Succeed' } }),
    );
    expect([execution.status, execution.error]).toEqual(['FAILED', error]);
  });

  test('an expression that fails can be caught, and one that fails in the catcher cannot', async () => {
    const world = new World();
    const good = { ErrorEquals: ['States.QueryEvaluationError'], Next: 'B' };
    const caught = await world.run(
      machine({ A: task('A', 'B', { Output: '{% $states.result.Nothing %}', Catch: [good] }), B: { Type: 'Succeed' } }),
    );
    expect(caught.status).toBe('SUCCEEDED');
    const bad = { ...good, Output: '{% $states.errorOutput.Nothing %}' };
    const failed = await world.run(
      machine({ A: task('A', 'B', { Output: '{% $states.result.Nothing %}', Catch: [bad] }), B: { Type: 'Succeed' } }),
    );
    expect([failed.status, failed.error]).toEqual(['FAILED', 'States.QueryEvaluationError']);
    expect(eventsOfType(failed, 'EvaluationFailed').map((event) => detailsOf(event)['location'])).toEqual(['Output', 'Output']);
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
describe('assign', () => {
  test('all expressions of a state see the values from before it', async () => {
    const swap = { Type: 'Pass', Assign: { x: '{% $y %}', y: '{% $x %}' }, Next: 'C' };
    const execution = await new World().run(
      machine({
        A: { Type: 'Pass', Assign: { x: 1, y: 2 }, Next: 'B' },
        B: swap,
        C: { Type: 'Pass', Output: ['{% $x %}', '{% $y %}'], End: true },
      }),
    );
    expect(outputOf(execution)).toEqual([2, 1]);
  });

  test('Output sees the old value too', async () => {
    const execution = await new World().run(
      machine({ A: { Type: 'Pass', Assign: { x: 1 }, Next: 'B' }, B: { Type: 'Pass', Assign: { x: 2 }, Output: '{% $x %}', End: true } }),
    );
    expect(outputOf(execution)).toBe(1);
  });

  test('a branch reads the variables around it and keeps its own', async () => {
    const branch = (own: string) => ({
      StartAt: `Set${own}`,
      States: {
        [`Set${own}`]: { Type: 'Pass', Assign: { [own]: `{% $outer & '${own}' %}` }, Next: `Get${own}` },
        [`Get${own}`]: { Type: 'Pass', Output: { own: `{% $${own} %}`, other: '{% $exists($left) and $exists($right) %}' }, End: true },
      },
    });
    const execution = await new World().run(
      machine({
        A: { Type: 'Pass', Assign: { outer: 'around-' }, Next: 'P' },
        P: { Type: 'Parallel', Branches: [branch('left'), branch('right')], Next: 'Z' },
        Z: { Type: 'Pass', Output: { branches: '{% $states.input %}', leaked: '{% $exists($left) %}' }, End: true },
      }),
    );
    expect(outputOf(execution)).toEqual({
      branches: [
        { own: 'around-left', other: false },
        { own: 'around-right', other: false },
      ],
      leaked: false,
    });
  });

  test('a state that fails assigns nothing', async () => {
    const world = new World();
    const execution = await world.run(
      machine({
        A: task('A', 'B', { Assign: { x: 1, y: '{% $states.result.Nothing %}' }, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'B' }] }),
        B: { Type: 'Pass', Output: '{% $exists($x) %}', End: true },
      }),
    );
    expect(outputOf(execution)).toBe(false);
  });
});
