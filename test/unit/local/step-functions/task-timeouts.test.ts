import { describe, expect, test } from '@jest/globals';
import { chain, detailsOf, eventsOf, eventsOfType, machine, takes, task, World } from './support/world.ts';

// https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html
describe('TimeoutSeconds of a task', () => {
  test('fails it with States.Timeout and lets go of the call', async () => {
    const world = new World();
    world.let('A', takes(world, 60_000));
    const execution = world.start(machine({ A: task('A', undefined, { TimeoutSeconds: 5 }) }));
    await world.clock.advanceBy(4_999);
    expect(execution.status).toBe('RUNNING');
    await world.clock.advanceBy(1);
    expect([execution.status, execution.error, world.calls[0]?.signal.aborted]).toEqual(['FAILED', 'States.Timeout', true]);
    expect(detailsOf(eventsOfType(execution, 'TaskTimedOut')[0])).toMatchObject({
      error: 'States.Timeout',
      resource: 'invoke',
      resourceType: 'lambda',
    });
  });

  test('may be an expression, and begins anew with each attempt', async () => {
    const world = new World();
    world.let('A', takes(world, 60_000));
    const extra = {
      TimeoutSeconds: '{% $states.input.limit %}',
      Retry: [{ ErrorEquals: ['States.Timeout'], MaxAttempts: 1, IntervalSeconds: 1 }],
    };
    const execution = world.start(machine({ A: task('A', undefined, extra) }), { limit: 10 });
    await world.clock.advanceBy(21_000);
    expect([execution.error, world.calls.map(({ at }) => at)]).toEqual(['States.Timeout', [0, 11_000]]);
    expect(detailsOf(eventsOfType(execution, 'TaskScheduled')[0])['timeoutInSeconds']).toBe(10);
  });

  test.each(['0', '1.5', "'ten'", '100000000'])('%s is no timeout', async (limit) => {
    const world = new World();
    const execution = await world.run(machine({ A: task('A', undefined, { TimeoutSeconds: `{% ${limit} %}` }) }));
    expect([execution.error, world.steps]).toEqual(['States.QueryEvaluationError', '']);
  });

  test('real work that the clock is told of takes no virtual time', async () => {
    const world = new World();
    const turns = async () => {
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      return { v: 1 };
    };
    world.let('A', () => world.clock.track(turns()));
    const execution = await world.run(machine({ A: task('A', undefined, { TimeoutSeconds: 1 }) }));
    expect([execution.status, world.elapsed]).toEqual(['SUCCEEDED', 0]);
  });

  test('an answer in time leaves no timer behind', async () => {
    const world = new World();
    await world.run(machine({ A: task('A', undefined, { TimeoutSeconds: 5, HeartbeatSeconds: 2 }) }, { TimeoutSeconds: 100 }));
    expect([world.elapsed, world.clock.pendingTimers]).toEqual([0, 0]);
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html
describe('TimeoutSeconds of the state machine', () => {
  test('ends the execution with TIMED_OUT, whatever it does', async () => {
    const world = new World();
    world.let('B', takes(world, 60_000));
    const execution = world.start(chain({ TimeoutSeconds: 30 }));
    await world.clock.advanceBy(30_000);
    expect([execution.status, execution.error, world.calls.at(-1)?.signal.aborted]).toEqual(['TIMED_OUT', 'States.Timeout', true]);
    expect(eventsOf(execution).slice(-2)).toEqual(['TaskStateAborted', 'ExecutionTimedOut']);
    const { length } = execution.history;
    await world.clock.runUntilIdle();
    expect([execution.status, execution.history.length, world.steps]).toEqual(['TIMED_OUT', length, 'A B']);
  });

  test('cannot be caught', async () => {
    const world = new World();
    world.let('A', takes(world, 60_000));
    const extra = { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Z' }], Retry: [{ ErrorEquals: ['States.ALL'] }] };
    const execution = await world.run(machine({ A: task('A', 'Z', extra), Z: { Type: 'Succeed' } }, { TimeoutSeconds: 1 }));
    expect([execution.status, world.steps]).toEqual(['TIMED_OUT', 'A']);
  });

  test('ends a Wait and a pause between attempts', async () => {
    const world = new World();
    const waiting = await world.run(machine({ W: { Type: 'Wait', Seconds: 100, End: true } }, { TimeoutSeconds: 10 }));
    expect([waiting.status, eventsOf(waiting).at(-2), world.elapsed]).toEqual(['TIMED_OUT', 'WaitStateAborted', 10_000]);
    world.let('A', () => {
      throw new Error('again');
    });
    const pausing = await world.run(
      machine({ A: task('A', undefined, { Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 100 }] }) }, { TimeoutSeconds: 10 }),
    );
    expect([pausing.status, world.clock.pendingTimers]).toEqual(['TIMED_OUT', 0]);
  });
});

// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html
describe('stopping', () => {
  test('takes effect at once; what comes later changes nothing', async () => {
    const world = new World();
    world.let('B', takes(world, 1_000));
    const execution = world.start(chain());
    await world.clock.settle();
    world.engine.stop(execution.arn, 'Operator', 'enough');
    expect([execution.status, execution.error, execution.cause]).toEqual(['ABORTED', 'Operator', 'enough']);
    const { length } = execution.history;
    await world.clock.runUntilIdle();
    expect([execution.status, execution.history.length, world.steps]).toEqual(['ABORTED', length, 'A B']);
  });

  test('an execution that has ended stays as it was', async () => {
    const world = new World();
    const execution = await world.run(chain());
    const { stopDate } = execution;
    await world.clock.advanceBy(1_000);
    expect(world.engine.stop(execution.arn).stopDate).toBe(stopDate);
    expect(execution.status).toBe('SUCCEEDED');
  });
});
