import { describe, expect, test } from '@jest/globals';
import { eventsOf, expectWellFormed, fails, machine, outputOf, takes, task, World } from './support/world.ts';

const branch = (name: string) => ({ StartAt: name, States: { [name]: task(name) } });
const parallel = (names: string[], extra: object = {}) =>
  machine({ P: { Type: 'Parallel', Branches: names.map(branch), End: true, ...extra } });

// https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html
describe('parallel', () => {
  test('every branch has the same input, and the outputs come in the order of the branches', async () => {
    const world = new World();
    world.let(
      'A',
      takes(world, 500, () => 'slow'),
    );
    world.let('B', () => 'quick');
    const execution = await world.run(parallel(['A', 'B']), { v: 7 });
    expect(outputOf(execution)).toEqual(['slow', 'quick']);
    expect(world.calls.map(({ payload }) => payload['v'])).toEqual([7, 7]);
    expect(world.elapsed).toBe(500);
  });

  test('Arguments take the place of the input, Output that of the result', async () => {
    const execution = await new World().run(
      parallel(['A', 'B'], { Arguments: { v: '{% $states.input.v + 10 %}' }, Output: '{% $sum($states.result.v) %}' }),
      { v: 1 },
    );
    expect(outputOf(execution)).toBe(24);
  });

  test('a branch that fails fails the state and stops the others at once', async () => {
    const world = new World();
    world.let('A', takes(world, 1_000, fails('Boom', 'in A')));
    world.let('B', takes(world, 60_000));
    const execution = world.start(parallel(['A', 'B']));
    await world.clock.advanceBy(1_000);
    expect([execution.status, execution.error, execution.cause]).toEqual(['FAILED', 'Boom', 'in A']);
    expect(world.calls[1]?.signal.aborted).toBe(true);
    expect(eventsOf(execution).slice(-4)).toEqual(['TaskFailed', 'TaskStateAborted', 'ParallelStateFailed', 'ExecutionFailed']);
    const { length } = execution.history;
    await world.clock.runUntilIdle();
    expect(execution.history.length).toBe(length);
    expectWellFormed(execution);
  });

  test('what a stopped branch would still have done never happens', async () => {
    const world = new World();
    const longer = { StartAt: 'B', States: { B: task('B', 'C'), C: task('C') } };
    world.let('A', takes(world, 10, fails('Boom')));
    world.let('B', takes(world, 20));
    await world.run(machine({ P: { Type: 'Parallel', Branches: [branch('A'), longer], End: true } }));
    expect(world.steps).toBe('A B');
  });

  test('Retry runs all branches again', async () => {
    const world = new World();
    world.let('B', ({ redrives }) => (world.calls.length < 3 ? fails('Boom')({}, undefined as never) : { redrives: redrives ?? null }));
    const execution = await world.run(parallel(['A', 'B'], { Retry: [{ ErrorEquals: ['Boom'] }] }));
    expect([execution.status, world.steps]).toEqual(['SUCCEEDED', 'A B A B']);
  });

  test('Catch leads on with the error of the branch', async () => {
    const world = new World();
    world.let('B', fails('Boom', 'in B'));
    const states = {
      P: { Type: 'Parallel', Branches: [branch('A'), branch('B')], Catch: [{ ErrorEquals: ['Boom'], Next: 'Z' }], End: true },
      Z: { Type: 'Succeed' },
    };
    const execution = await world.run(machine(states));
    expect(outputOf(execution)).toEqual({ Error: 'Boom', Cause: 'in B' });
  });

  test('two branches that fail in the same moment fail it once', async () => {
    const world = new World();
    world.let('A', fails('First'));
    world.let('B', fails('Second'));
    const execution = await world.run(parallel(['A', 'B']));
    expect(execution.error).toBe('First');
    expect(eventsOf(execution).filter((type) => type === 'ParallelStateFailed')).toHaveLength(1);
  });
});
