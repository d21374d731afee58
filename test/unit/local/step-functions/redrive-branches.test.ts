import { describe, expect, test } from '@jest/globals';
import { detailsOf, eventsOf, expectWellFormed, fails, machine, outputOf, takes, task, World } from './support/world.ts';

/** How often each step was called. */
function counts(world: World): Record<string, number> {
  const result: Record<string, number> = {};
  for (const { step } of world.calls) result[step] = (result[step] ?? 0) + 1;
  return result;
}

const branch = (name: string, extra: object = {}) => ({ StartAt: name, States: { [name]: task(name, undefined, extra) } });

// https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
describe('redrive of a Parallel', () => {
  test('runs only the branches that failed or were stopped, each from where it stood', async () => {
    const world = new World();
    const branches = [
      { StartAt: 'A', States: { A: task('A', 'B'), B: task('B') } },
      {
        StartAt: 'C',
        States: {
          C: task('C', 'D', { Assign: { inner: 5 } }),
          D: task('D', 'E'),
          E: { Type: 'Pass', Output: { s: '{% $outer + $inner %}', v: '{% $states.input.v %}' }, End: true },
        },
      },
      { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 2, Next: 'G' }, G: task('G') } },
    ];
    const states = { V: { Type: 'Pass', Assign: { outer: 7 }, Next: 'P' }, P: { Type: 'Parallel', Branches: branches, End: true } };
    world.let('C', takes(world, 300));
    world.let('D', fails('Boom'));
    const execution = await world.run(machine(states));
    expect([execution.status, execution.error]).toEqual(['FAILED', 'Boom']);
    expect(counts(world)).toEqual({ A: 1, B: 1, C: 1, D: 1 });
    world.let('D');
    await world.redrive(execution);
    expect(outputOf(execution)).toEqual([{ v: 2 }, { s: 12, v: 2 }, { v: 1 }]);
    expect(counts(world)).toEqual({ A: 1, B: 1, C: 1, D: 2, G: 1 });
    const after = eventsOf(execution).slice(eventsOf(execution).indexOf('ExecutionRedriven'));
    expect(after).not.toContain('TaskStateEntered:A');
    expect(after).toEqual(
      expect.arrayContaining(['ParallelStateEntered:P', 'TaskStateEntered:D', 'WaitStateEntered:W', 'ParallelStateSucceeded']),
    );
    expectWellFormed(execution);
  });

  test('has its retries anew', async () => {
    const world = new World();
    world.let('B', takes(world, 10, fails('Boom')));
    const retry = [{ ErrorEquals: ['Boom'], IntervalSeconds: 1, MaxAttempts: 1, BackoffRate: 1 }];
    const execution = await world.run(machine({ P: { Type: 'Parallel', Retry: retry, Branches: [branch('A'), branch('B')], End: true } }));
    expect(counts(world)).toEqual({ A: 2, B: 2 });
    world.let('B');
    await world.redrive(execution);
    expect([execution.status, counts(world)]).toEqual(['SUCCEEDED', { A: 2, B: 3 }]);
  });

  test('runs all branches again after States.DataLimitExceeded', async () => {
    const world = new World();
    const big = { Output: "{% $states.context.Execution.RedriveCount = 0 ? $pad('', 150000, 'x') : 1 %}" };
    const execution = await world.run(machine({ P: { Type: 'Parallel', Branches: [branch('A', big), branch('B', big)], End: true } }));
    expect(execution.error).toBe('States.DataLimitExceeded');
    await world.redrive(execution);
    expect([execution.status, counts(world)]).toEqual(['SUCCEEDED', { A: 2, B: 2 }]);
  });

  test('evaluates a failed Output again without running any branch', async () => {
    const world = new World();
    const output = '{% $states.context.Execution.RedriveCount = 0 ? $states.result.nothing : $states.result.v %}';
    const execution = await world.run(
      machine({ P: { Type: 'Parallel', Branches: [branch('A'), branch('B')], Output: output, End: true } }),
    );
    expect(execution.error).toBe('States.QueryEvaluationError');
    await world.redrive(execution);
    expect([outputOf(execution), counts(world)]).toEqual([[1, 1], { A: 1, B: 1 }]);
  });
});

describe('redrive of an inline Map', () => {
  const item = (name: string) => ({
    StartAt: name,
    States: {
      [name]: task(name, undefined, {
        Arguments: { FunctionName: 'worker', Payload: { step: `{% '${name}' & $states.input.i %}`, i: '{% $states.input.i %}' } },
        Output: `{% '${name}' & $states.input.i %}`,
      }),
    },
  });
  const nested = {
    Type: 'Map',
    Items: '{% $states.input.items %}',
    MaxConcurrency: 1,
    ItemSelector: { i: '{% $states.context.Map.Item.Value %}' },
    ItemProcessor: { StartAt: 'P', States: { P: { Type: 'Parallel', Branches: [item('I'), item('K')], End: true } } },
    End: true,
  };

  test('runs only the iterations that did not succeed, and in them only the branches that did not', async () => {
    const world = new World();
    world.let('K2', fails('Boom'));
    const execution = await world.run(machine({ M: nested }), { items: [1, 2, 3] });
    expect([execution.status, execution.error]).toEqual(['FAILED', 'Boom']);
    expect(counts(world)).toEqual({ I1: 1, K1: 1, I2: 1, K2: 1 });
    world.let('K2');
    await world.redrive(execution);
    expect(outputOf(execution)).toEqual([
      ['I1', 'K1'],
      ['I2', 'K2'],
      ['I3', 'K3'],
    ]);
    const redriven = execution.history.all().slice(eventsOf(execution).indexOf('ExecutionRedriven'));
    const restarted = redriven.filter(({ type }) => type === 'MapIterationStarted').map((event) => detailsOf(event)['index']);
    expect(restarted).toEqual([1, 2]);
    // I2 was stopped by K2 in the same moment, so that its result was lost.
    expect(counts(world)).toMatchObject({ I1: 1, K1: 1, K2: 2, I3: 1, K3: 1 });
    expectWellFormed(execution);
  });

  test('keeps the items of the first attempt', async () => {
    const world = new World();
    world.let('I7', fails('Boom'));
    const map = {
      Type: 'Map',
      Items: ['{% $states.context.Execution.RedriveCount + 7 %}'],
      ItemSelector: { i: '{% $states.context.Map.Item.Value %}' },
      ItemProcessor: item('I'),
      End: true,
    };
    const execution = await world.run(machine({ M: map }));
    world.let('I7');
    await world.redrive(execution);
    expect(outputOf(execution)).toEqual(['I7']);
  });
});
