import { describe, expect, test } from '@jest/globals';
import { chain, eventsOf, expectWellFormed, machine, outputOf, takes, task, World } from './support/world.ts';

const hour = 3_600_000;

// https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
describe('redrive and time', () => {
  test('the timeout of the state machine starts again, and the first attempt writes nothing any more', async () => {
    const world = new World();
    world.let('B', takes(world, 2_500));
    const execution = world.start(chain({ TimeoutSeconds: 1 }));
    await world.clock.advanceBy(1_000);
    expect(execution.status).toBe('TIMED_OUT');
    world.let('B', takes(world, 900));
    world.engine.redrive(execution.arn);
    await world.clock.advanceBy(900);
    expect(execution.status).toBe('SUCCEEDED');
    const { length } = execution.history;
    await world.clock.advanceBy(hour);
    expect([execution.status, execution.history.length, world.steps]).toEqual(['SUCCEEDED', length, 'A B B C D']);
    expectWellFormed(execution);
  });

  test('after a stop, a task that fails late changes nothing', async () => {
    const world = new World();
    world.let(
      'B',
      takes(world, 1_200, () => Promise.reject(new Error('late'))),
    );
    const execution = world.start(chain());
    await world.clock.settle();
    world.engine.stop(execution.arn, 'Operator', 'halt');
    world.let('B');
    world.engine.redrive(execution.arn);
    await world.clock.runUntilIdle();
    expect([execution.status, execution.error, outputOf(execution), world.steps]).toEqual(['SUCCEEDED', undefined, { v: 4 }, 'A B B C D']);
    expect(eventsOf(execution).filter((type) => type.startsWith('Execution'))).toEqual([
      'ExecutionStarted',
      'ExecutionAborted',
      'ExecutionRedriven',
      'ExecutionSucceeded',
    ]);
    expectWellFormed(execution);
  });

  test('redriven at once after a stop, while the old attempt still unwinds', async () => {
    const world = new World();
    const execution = world.start(chain());
    world.engine.stop(execution.arn);
    world.engine.redrive(execution.arn);
    world.engine.stop(execution.arn);
    world.engine.redrive(execution.arn);
    await world.clock.runUntilIdle();
    expect([execution.status, outputOf(execution), world.steps]).toEqual(['SUCCEEDED', { v: 4 }, 'A B C D']);
    expectWellFormed(execution);
  });

  test('a Wait for seconds waits all of them again, also when it is stopped in the redrive', async () => {
    const world = new World();
    const execution = world.start(machine({ W: { Type: 'Wait', Seconds: 100, Next: 'A' }, A: task('A') }));
    for (const redrives of [0, 1]) {
      await world.clock.advanceBy(60_000);
      world.engine.stop(execution.arn);
      expect([execution.status, execution.redriveCount]).toEqual(['ABORTED', redrives]);
      world.engine.redrive(execution.arn);
    }
    await world.clock.advanceBy(99_000);
    expect(execution.status).toBe('RUNNING');
    await world.clock.advanceBy(1_000);
    expect([execution.status, execution.redriveCount]).toEqual(['SUCCEEDED', 2]);
  });

  test('a Wait until a time that has passed ends at once', async () => {
    const world = new World();
    const at = new Date(world.clock.now() + hour).toISOString();
    const execution = world.start(machine({ W: { Type: 'Wait', Timestamp: at, End: true } }));
    await world.clock.advanceBy(1_000);
    world.engine.stop(execution.arn);
    await world.clock.advanceBy(2 * hour);
    const before = world.clock.now();
    await world.redrive(execution);
    expect([execution.status, world.clock.now() - before]).toEqual(['SUCCEEDED', 0]);
  });

  test('the timeout of a task starts again', async () => {
    const world = new World();
    world.let('B', takes(world, 1_800));
    const execution = await world.run(machine({ B: task('B', undefined, { TimeoutSeconds: 1 }) }));
    expect([execution.status, execution.error]).toEqual(['FAILED', 'States.Timeout']);
    world.let('B', takes(world, 900));
    await world.redrive(execution);
    expect(execution.status).toBe('SUCCEEDED');
  });

  test('a token task has a new token, and the old one is dead', async () => {
    const world = new World();
    const ask = {
      ...task('Ask', undefined, { Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', Output: '{% $states.result %}' }),
      Arguments: { FunctionName: 'worker', Payload: { step: 'Ask', token: '{% $states.context.Task.Token %}' } },
    };
    const execution = world.start(machine({ A: task('A', 'Ask'), Ask: ask }));
    const tokens = () => world.calls.filter(({ step }) => step === 'Ask').map(({ payload }) => String(payload['token']));
    for (let redrives = 0; redrives < 2; redrives++) {
      await world.clock.settle();
      world.engine.stop(execution.arn);
      world.engine.redrive(execution.arn);
    }
    await world.clock.settle();
    expect(new Set(tokens()).size).toBe(3);
    const states = tokens().map((token) => world.engine.tokens.look(token));
    expect(states.map(({ kind }) => kind)).toEqual(['closed', 'closed', 'open']);
    if (states[2]?.kind === 'open') states[2].waiter.succeed({ n: 3 });
    await world.clock.settle();
    expect([execution.status, outputOf(execution), world.steps]).toEqual(['SUCCEEDED', { n: 3 }, 'A Ask Ask Ask']);
  });
});
