import { describe, expect, test } from '@jest/globals';
import { machine, outputOf, task, World } from './support/world.ts';

const limit = 262_144;
/** JSON text of so many bytes: a string of umlauts, of which each takes two. */
const text = (bytes: number) => 'ü'.repeat((bytes - 2) / 2);

// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
describe('256 KiB', () => {
  test('of input are taken, a byte more is refused', () => {
    const world = new World();
    const stateMachine = world.machine(machine({ A: { Type: 'Pass', End: true } }));
    const start = (input: string) => world.engine.start({ stateMachine, input });
    expect(start(JSON.stringify(text(limit))).status).toBe('RUNNING');
    expect(() => start(`${JSON.stringify(text(limit))} `)).toThrow(expect.objectContaining({ name: 'ValidationException' }));
  });

  test.each([
    [limit, 'SUCCEEDED'],
    [limit + 1, 'FAILED'],
  ])('a state that hands on %d bytes: %s', async (bytes, status) => {
    const execution = await new World().run(machine({ A: { Type: 'Pass', Output: `{% [$pad('', ${bytes - 4}, 'x')] %}`, End: true } }));
    expect([execution.status, execution.error]).toEqual([status, status === 'FAILED' ? 'States.DataLimitExceeded' : undefined]);
  });

  test('a result beyond it fails the task, which States.ALL does not catch but its name does', async () => {
    const world = new World();
    world.let('A', () => text(limit));
    const catching = (name: string) =>
      machine({ A: task('A', 'B', { Output: 1, Catch: [{ ErrorEquals: [name], Next: 'B' }] }), B: { Type: 'Succeed' } });
    expect((await world.run(catching('States.ALL'))).error).toBe('States.DataLimitExceeded');
    expect(outputOf(await world.run(catching('States.DataLimitExceeded')))).toMatchObject({ Error: 'States.DataLimitExceeded' });
  });

  test('arguments beyond it are not sent', async () => {
    const world = new World();
    const execution = await world.run(
      machine({ A: task('A', undefined, { Arguments: { Payload: { step: 'A', x: `{% $pad('', ${limit}, 'x') %}` } } }) }),
    );
    expect([execution.error, world.steps]).toEqual(['States.DataLimitExceeded', '']);
  });

  test('branches that fit alone may be too much together', async () => {
    const branch = (name: string) => ({
      StartAt: name,
      States: { [name]: { Type: 'Pass', Output: "{% $pad('', 150000, 'x') %}", End: true } },
    });
    const execution = await new World().run(
      machine({ P: { Type: 'Parallel', Branches: [branch('A'), branch('B')], Output: 1, End: true } }),
    );
    expect(execution.error).toBe('States.DataLimitExceeded');
  });

  test('an Assign beyond it fails', async () => {
    const execution = await new World().run(machine({ A: { Type: 'Pass', Assign: { x: `{% $pad('', ${limit}, 'x') %}` }, End: true } }));
    expect(execution.error).toBe('States.DataLimitExceeded');
  });
});

describe('25,000 events', () => {
  test('end an execution that goes round for ever, and it cannot be redriven', async () => {
    const world = new World();
    const loop = { Type: 'Choice', Choices: [{ Condition: false, Next: 'Z' }], Default: 'L' };
    const execution = await world.run(machine({ L: loop, Z: { Type: 'Succeed' } }));
    expect([execution.status, execution.error, execution.history.length]).toEqual(['FAILED', 'States.Runtime', 25_000]);
    expect(() => world.engine.redrive(execution.arn)).toThrow('Execution history event limit exceeded');
  });
});
