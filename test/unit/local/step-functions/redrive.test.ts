import { describe, expect, test } from '@jest/globals';
import { chain, detailsOf, eventsOf, eventsOfType, expectWellFormed, fails, machine, outputOf, task, World } from './support/world.ts';

/** A chain whose third step fails twice. */
async function failedChain(world = new World()) {
  world.let('C', fails('QuotaExceeded'));
  const execution = await world.run(chain());
  return { world, execution };
}

// https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
describe('redrive', () => {
  test('goes on at the step that failed, with the same input, and runs nothing again that succeeded', async () => {
    const { world, execution } = await failedChain();
    expect([execution.status, execution.error, execution.redriveCount, outputOf(execution)]).toEqual([
      'FAILED',
      'QuotaExceeded',
      0,
      undefined,
    ]);
    expect(world.steps).toBe('A B C C');
    world.let('C');
    await world.redrive(execution);
    expect([execution.status, execution.error, execution.cause, execution.redriveCount]).toEqual(['SUCCEEDED', undefined, undefined, 1]);
    expect(outputOf(execution)).toEqual({ v: 4 });
    expect(world.steps).toBe('A B C C C D');
  });

  test('begins the retries anew and counts the redrive in the context', async () => {
    const { world, execution } = await failedChain();
    await world.redrive(execution);
    const counts = world.calls
      .filter(({ step }) => step === 'C')
      .map(({ payload }) => [payload['v'], payload['redrives'], payload['retries']]);
    expect(counts).toEqual([
      [2, 0, 0],
      [2, 0, 1],
      [2, 1, 0],
      [2, 1, 1],
    ]);
  });

  test('appends to the same history', async () => {
    const { world, execution } = await failedChain();
    world.let('C');
    await world.redrive(execution);
    const events = eventsOf(execution);
    const redriven = events.indexOf('ExecutionRedriven');
    expect(events[redriven - 1]).toBe('ExecutionFailed');
    expect(events.at(-1)).toBe('ExecutionSucceeded');
    expect(detailsOf(eventsOfType(execution, 'ExecutionRedriven')[0])).toEqual({ redriveCount: 1 });
    const inputs = eventsOfType(execution, 'TaskStateEntered')
      .map(detailsOf)
      .filter(({ name }) => name === 'C');
    expect(inputs.map(({ input }) => input)).toEqual(['{"v":2}', '{"v":2}']);
    expectWellFormed(execution);
  });

  test('may fail again, there or further on, as often as it takes', async () => {
    const { world, execution } = await failedChain();
    await world.redrive(execution);
    expect([execution.status, execution.redriveCount, execution.error]).toEqual(['FAILED', 1, 'QuotaExceeded']);
    world.let('C');
    world.let('D', fails('Other'));
    await world.redrive(execution);
    expect([execution.status, execution.redriveCount, execution.error]).toEqual(['FAILED', 2, 'Other']);
    world.let('D');
    await world.redrive(execution);
    expect([execution.status, execution.redriveCount]).toEqual(['SUCCEEDED', 3]);
    expect(world.calls.map(({ payload }) => payload['redrives'])).toEqual([0, 0, 0, 0, 1, 1, 2, 2, 3]);
    expect(world.steps).toBe('A B C C C C C D D');
    expectWellFormed(execution);
  });

  test('keeps the variables', async () => {
    const world = new World();
    const states = {
      A: task('A', 'P', { Assign: { got: '{% $states.result.Payload.v * 100 %}', list: [1, '{% $states.input.v %}'] } }),
      P: { Type: 'Pass', Assign: { got2: '{% $got + 1 %}' }, Output: '{% $states.input %}', Next: 'C' },
      C: task('C', 'D', { Assign: { got: '{% $got + $states.result.Payload.v %}' } }),
      D: {
        Type: 'Pass',
        Output: {
          got: '{% $got %}',
          got2: '{% $got2 %}',
          list: '{% $list %}',
          input: '{% $states.context.Execution.Input %}',
          redrives: '{% $states.context.Execution.RedriveCount %}',
          time: '{% $states.context.Execution.RedriveTime %}',
        },
        End: true,
      },
    };
    world.let('C', fails('QuotaExceeded'));
    const execution = await world.run(machine(states));
    world.let('C');
    await world.clock.advanceBy(3_600_000);
    await world.redrive(execution);
    expect(outputOf(execution)).toEqual({
      got: 102,
      got2: 101,
      list: [1, 0],
      input: { v: 0 },
      redrives: 1,
      time: '2026-01-01T01:00:00.000Z',
    });
    expect(world.steps).toBe('A C C');
  });

  test('evaluates a Choice again, and fails again at a Fail state', async () => {
    const world = new World();
    const choice = { Type: 'Choice', Choices: [{ Condition: '{% $states.context.Execution.RedriveCount > 0 %}', Next: 'Z' }] };
    const chosen = await world.run(machine({ C: choice, Z: { Type: 'Succeed' } }));
    expect(chosen.error).toBe('States.NoChoiceMatched');
    await world.redrive(chosen);
    expect(chosen.status).toBe('SUCCEEDED');

    const catcher = { ErrorEquals: ['Boom'], Output: "{% {'e': $states.errorOutput.Error} %}", Next: 'F' };
    world.let('A', fails('Boom'));
    const failed = await world.run(
      machine({
        A: task('A', 'Z', { Catch: [catcher] }),
        Z: { Type: 'Succeed' },
        F: { Type: 'Fail', Error: "{% 'Wrapped' & $states.input.e %}" },
      }),
    );
    world.let('A');
    await world.redrive(failed);
    expect([failed.status, failed.error, failed.redriveCount, world.steps]).toEqual(['FAILED', 'WrappedBoom', 1, 'A']);
  });

  test('stays in the branch that a Choice took', async () => {
    const world = new World();
    const tier = { Type: 'Choice', Choices: [{ Condition: "{% $states.input.tier = 'silo' %}", Next: 'Silo' }], Default: 'Pool' };
    world.let('A', (payload) => payload);
    world.let('Silo', fails('Boom'));
    const states = { A: task('A', 'Tier'), Tier: tier, Silo: task('Silo', 'Z'), Pool: task('Pool', 'Z'), Z: { Type: 'Succeed' } };
    const execution = await world.run(machine(states), { v: 0, tier: 'silo' });
    world.let('Silo');
    await world.redrive(execution);
    expect([execution.status, world.steps]).toEqual(['SUCCEEDED', 'A Silo Silo']);
  });
});
