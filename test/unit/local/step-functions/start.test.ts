import { describe, expect, test } from '@jest/globals';
import { chain, machine, outputOf, takes, task, World } from './support/world.ts';

const day = 24 * 60 * 60 * 1000;

// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
describe('starting', () => {
  test('the same name and input while it runs is the same execution', async () => {
    const world = new World();
    const stateMachine = world.machine(chain());
    const start = (input: string) => world.engine.start({ stateMachine, name: 'one', input });
    const first = start('{"v":0}');
    expect(start('{"v":0}')).toBe(first);
    expect(() => start('{"v":1}')).toThrow(expect.objectContaining({ name: 'ExecutionAlreadyExists' }));
    await world.clock.runUntilIdle();
    expect(world.steps).toBe('A B C D');
    expect(() => start('{"v":0}')).toThrow(expect.objectContaining({ name: 'ExecutionAlreadyExists' }));
  });

  test('a name is free again 90 days after its execution ended', async () => {
    const world = new World();
    const stateMachine = world.machine(chain());
    const first = world.engine.start({ stateMachine, name: 'one' });
    await world.clock.runUntilIdle();
    await world.clock.advanceBy(90 * day);
    expect(world.engine.executions.get(first.arn)).toBe(first);
    await world.clock.advanceBy(1);
    expect(world.engine.executions.ofStateMachine(stateMachine.arn)).toEqual([]);
    expect(world.engine.start({ stateMachine, name: 'one' })).not.toBe(first);
  });

  test('input that is not JSON is refused', () => {
    const world = new World();
    expect(() => world.engine.start({ stateMachine: world.machine(chain()), input: '{' })).toThrow(
      expect.objectContaining({ name: 'InvalidExecutionInput' }),
    );
  });

  test('no input is an empty object, no name a new one', () => {
    const world = new World();
    const stateMachine = world.machine(chain());
    const [one, other] = [world.engine.start({ stateMachine }), world.engine.start({ stateMachine })];
    expect([one.inputText, other.name === one.name]).toEqual(['{}', false]);
  });

  test('the context says which execution it is', async () => {
    const execution = await new World().run(machine({ P: { Type: 'Pass', Output: '{% $states.context %}', End: true } }), { v: 1 });
    expect(outputOf(execution)).toEqual({
      Execution: {
        Id: execution.arn,
        Input: { v: 1 },
        Name: execution.name,
        RoleArn: execution.stateMachine.roleArn,
        StartTime: '2026-01-01T00:00:00.000Z',
        RedriveCount: 0,
      },
      State: { EnteredTime: '2026-01-01T00:00:00.000Z', Name: 'P', RetryCount: 0 },
      StateMachine: { Id: execution.stateMachine.arn, Name: execution.stateMachine.name },
    });
  });

  test('two worlds with the same seed and the same behaviour write the same history', async () => {
    const histories = [new World(), new World()].map(async (world) => {
      world.let('B', takes(world, 1_500));
      return (
        await world.run(machine({ A: task('A', 'B'), B: task('B', undefined, { Output: '{% [$uuid(), $random()] %}' }) }))
      ).history.all();
    });
    const [one, other] = await Promise.all(histories);
    expect(one).toEqual(other);
  });

  test('whoever waits for its end is told', async () => {
    const world = new World();
    world.let('B', takes(world, 1_000));
    const execution = world.start(chain());
    const ended = world.engine.whenEnded(execution.arn);
    await world.clock.runUntilIdle();
    expect((await ended).status).toBe('SUCCEEDED');
    expect((await world.engine.whenEnded(execution.arn)).status).toBe('SUCCEEDED');
  });
});
