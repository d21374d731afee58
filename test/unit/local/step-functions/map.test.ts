import { describe, expect, test } from '@jest/globals';
import { eventsOf, eventsOfType, expectWellFormed, fails, machine, outputOf, takes, task, World } from './support/world.ts';

const processor = { StartAt: 'I', States: { I: task('I') } };
const map = (extra: object = {}) => machine({ M: { Type: 'Map', ItemProcessor: processor, End: true, ...extra } });

// https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
describe('inline map', () => {
  test('runs the processor for each item and keeps their order', async () => {
    const world = new World();
    world.let('I', ({ v }) => Number(v) * 10);
    const execution = await world.run(map({ Items: '{% $states.input.list %}' }), { list: [{ v: 1 }, { v: 2 }, { v: 3 }] });
    expect(outputOf(execution)).toEqual([10, 20, 30]);
  });

  test('takes its input for items where none are named', async () => {
    expect(outputOf(await new World().run(map(), [{ v: 1 }, { v: 2 }]))).toEqual([{ v: 2 }, { v: 3 }]);
  });

  test('the selector sees the item, its index and the input', async () => {
    const selector = { v: '{% $states.context.Map.Item.Value * $states.input.factor %}', i: '{% $states.context.Map.Item.Index %}' };
    const world = new World();
    world.let('I', ({ v, i }) => [v ?? null, i ?? null]);
    const execution = await world.run(map({ Items: '{% $states.input.list %}', ItemSelector: selector }), { list: [1, 2], factor: 5 });
    expect(outputOf(execution)).toEqual([
      [5, 0],
      [10, 1],
    ]);
  });

  test.each([
    [1, [0, 100, 200, 300, 400]],
    [2, [0, 0, 100, 100, 200]],
    ['{% 3 %}', [0, 0, 0, 100, 100]],
    [0, [0, 0, 0, 0, 0]],
  ])('MaxConcurrency %s', async (concurrency, starts) => {
    const world = new World();
    world.let('I', takes(world, 100));
    await world.run(map({ MaxConcurrency: concurrency }), [{}, {}, {}, {}, {}]);
    expect(world.calls.map(({ at }) => at)).toEqual(starts);
  });

  test('never more than 40 at a time', async () => {
    const world = new World();
    world.let('I', takes(world, 100));
    await world.run(
      map(),
      Array.from({ length: 50 }, () => ({})),
    );
    expect(world.calls.filter(({ at }) => at === 0)).toHaveLength(40);
  });

  test('an item that fails fails the state, stops those that run and starts no more', async () => {
    const world = new World();
    world.let(
      'I',
      takes(world, 100, ({ v }, call) => (v === 1 ? fails('Boom')({}, call) : 1)),
    );
    const execution = await world.run(map({ MaxConcurrency: 2 }), [{ v: 1 }, { v: 2 }, { v: 3 }]);
    expect([execution.error, world.calls.length]).toEqual(['Boom', 2]);
    expect(eventsOf(execution).slice(-6)).toEqual(
      ['TaskFailed', 'MapIterationFailed', 'MapStateFailed', 'ExecutionFailed'].flatMap((type) =>
        type === 'MapStateFailed' ? ['TaskStateAborted', 'MapIterationAborted', type] : [type],
      ),
    );
    expectWellFormed(execution);
  });

  test('no items is an empty list', async () => {
    expect(outputOf(await new World().run(map(), []))).toEqual([]);
  });

  test('items that are no list fail', async () => {
    expect((await new World().run(map(), { v: 1 })).error).toBe('States.QueryEvaluationError');
  });

  test('the history names each iteration', async () => {
    const execution = await new World().run(map(), [{ v: 1 }, { v: 2 }]);
    expect(eventsOfType(execution, 'MapStateStarted')[0]).toMatchObject({ mapStateStartedEventDetails: { length: 2 } });
    expect(eventsOfType(execution, 'MapIterationSucceeded').map((event) => event['mapIterationSucceededEventDetails'])).toEqual([
      { name: 'M', index: 0 },
      { name: 'M', index: 1 },
    ]);
  });
});
