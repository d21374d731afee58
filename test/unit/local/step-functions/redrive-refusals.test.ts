import { describe, expect, test } from '@jest/globals';
import { notRedrivableReason } from '../../../../local/step-functions/redrive.ts';
import { chain, eventsOfType, fails, machine, takes, task, World } from './support/world.ts';

const day = 24 * 60 * 60 * 1000;

async function failed(world: World) {
  world.let('C', fails('QuotaExceeded'));
  const execution = await world.run(chain());
  world.let('C');
  return execution;
}

// https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html
describe('redrive is refused', () => {
  test('while the execution runs, and once it has succeeded', async () => {
    const world = new World();
    world.let('A', takes(world, 1_000));
    const execution = world.start(machine({ A: task('A') }));
    expect(() => world.engine.redrive(execution.arn)).toThrow('Execution is RUNNING and cannot be redriven');
    await world.clock.runUntilIdle();
    expect(() => world.engine.redrive(execution.arn)).toThrow(
      expect.objectContaining({ name: 'ExecutionNotRedrivable', message: 'Execution is SUCCEEDED and cannot be redriven' }),
    );
  });

  test('for an execution that does not exist', () => {
    expect(() => new World().engine.redrive('arn:aws:states:eu-central-1:000000000000:execution:none:none')).toThrow(
      expect.objectContaining({ name: 'ExecutionDoesNotExist' }),
    );
  });

  test('after 14 days', async () => {
    const world = new World();
    const execution = await failed(world);
    await world.clock.advanceBy(14 * day);
    expect(notRedrivableReason(execution, world.clock.now())).toBeUndefined();
    await world.clock.advanceBy(1);
    expect(() => world.engine.redrive(execution.arn)).toThrow('Execution redrivable period exceeded');
  });

  test('a year after the start', async () => {
    const world = new World();
    const execution = world.start(machine({ W: { Type: 'Wait', Seconds: 40_000_000, End: true } }));
    await world.clock.advanceBy(365 * day);
    world.engine.stop(execution.arn);
    expect(() => world.engine.redrive(execution.arn)).toThrow('Execution has exceeded the max execution time');
  });
});

describe('the client token of a redrive', () => {
  test('the same token is the same redrive, another one is refused', async () => {
    const world = new World();
    const execution = await failed(world);
    world.let('C', takes(world, 300));
    const first = world.engine.redrive(execution.arn, 'token-1');
    await world.clock.advanceBy(100);
    expect(world.engine.redrive(execution.arn, 'token-1')).toEqual(first);
    expect(() => world.engine.redrive(execution.arn, 'token-2')).toThrow(expect.objectContaining({ name: 'ExecutionNotRedrivable' }));
    await world.clock.runUntilIdle();
    expect(world.engine.redrive(execution.arn, 'token-1')).toEqual(first);
    expect([execution.status, execution.redriveCount]).toEqual(['SUCCEEDED', 1]);
  });

  test('is forgotten when ten others came after it', async () => {
    const world = new World();
    const execution = await world.run(machine({ F: { Type: 'Fail' } }));
    const tokens = Array.from({ length: 11 }, (_, index) => `token-${index}`);
    for (const token of tokens) {
      world.engine.redrive(execution.arn, token);
      await world.clock.settle();
    }
    expect(world.engine.redrive(execution.arn, 'token-1')).toEqual({ redriveDate: world.clock.now() });
    expect(execution.redriveCount).toBe(11);
    world.engine.redrive(execution.arn, 'token-0');
    expect(execution.redriveCount).toBe(12);
  });

  test('is forgotten after 15 minutes', async () => {
    const world = new World();
    const execution = await failed(world);
    world.engine.redrive(execution.arn, 'token-1');
    await world.clock.advanceBy(16 * 60 * 1000);
    expect(() => world.engine.redrive(execution.arn, 'token-1')).toThrow(expect.objectContaining({ name: 'ExecutionNotRedrivable' }));
  });
});

test('fifty failed executions, each redriven twice at once, are redriven once each', async () => {
  const world = new World();
  world.let('C', fails('QuotaExceeded'));
  const executions = Array.from({ length: 50 }, () => world.start(chain()));
  await world.clock.runUntilIdle();
  world.let('C');
  const outcomes = executions.flatMap(({ arn }) =>
    ['one', 'two'].map((token) => {
      try {
        return typeof world.engine.redrive(arn, token).redriveDate;
      } catch (error) {
        return error instanceof Error ? error.name : error;
      }
    }),
  );
  await world.clock.runUntilIdle();
  expect(outcomes.filter((outcome) => outcome === 'number')).toHaveLength(50);
  expect(outcomes.filter((outcome) => outcome === 'ExecutionNotRedrivable')).toHaveLength(50);
  expect(executions.filter(({ status, redriveCount }) => status === 'SUCCEEDED' && redriveCount === 1)).toHaveLength(50);
  expect(executions.every((execution) => eventsOfType(execution, 'ExecutionRedriven').length === 1)).toBe(true);
});
