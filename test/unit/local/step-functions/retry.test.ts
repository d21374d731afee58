import { describe, expect, test } from '@jest/globals';
import { seededRandom } from '../../../../local/step-functions/random.ts';
import { retryDelay } from '../../../../local/step-functions/retry.ts';
import { fails, machine, task, World } from './support/world.ts';

/** When the step was called, in seconds since the start. */
function secondsOfCalls(world: World, step: string): number[] {
  return world.calls.filter((call) => call.step === step).map(({ at }) => at / 1000);
}

async function failing(retry: object[], error = 'Lambda.ServiceException', world = new World()) {
  world.let('A', fails(error));
  const execution = await world.run(machine({ A: task('A', undefined, { Retry: retry as never }) }));
  return { world, execution };
}

// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-retrying-after-an-error
describe('retry', () => {
  test('three attempts after one, two and four seconds where nothing else is said', async () => {
    const { world, execution } = await failing([{ ErrorEquals: ['States.ALL'] }]);
    expect(secondsOfCalls(world, 'A')).toEqual([0, 1, 3, 7]);
    expect([execution.status, execution.error]).toEqual(['FAILED', 'Lambda.ServiceException']);
  });

  test('the interval grows by the backoff rate up to the longest delay', async () => {
    const { world } = await failing([
      { ErrorEquals: ['States.ALL'], IntervalSeconds: 3, BackoffRate: 2, MaxDelaySeconds: 10, MaxAttempts: 4 },
    ]);
    expect(secondsOfCalls(world, 'A')).toEqual([0, 3, 9, 19, 29]);
  });

  test('MaxAttempts 0 never tries again', async () => {
    const { world } = await failing([{ ErrorEquals: ['InvalidInput'], MaxAttempts: 0 }, { ErrorEquals: ['States.ALL'] }], 'InvalidInput');
    expect(world.steps).toBe('A');
  });

  test('each retrier counts its own attempts, and a success forgets them', async () => {
    const world = new World();
    const errors = ['One', 'Two', 'One', 'Two'];
    world.let('A', () => {
      const error = errors.shift();
      if (error) return fails(error)({}, undefined as never);
      return { v: 1 };
    });
    const retry = [
      { ErrorEquals: ['One'], MaxAttempts: 2, IntervalSeconds: 1, BackoffRate: 1 },
      { ErrorEquals: ['Two'], MaxAttempts: 2, IntervalSeconds: 5, BackoffRate: 1 },
    ];
    const execution = await world.run(machine({ A: task('A', undefined, { Retry: retry }) }));
    expect(execution.status).toBe('SUCCEEDED');
    expect(secondsOfCalls(world, 'A')).toEqual([0, 1, 6, 7, 12]);
    expect(world.calls.map(({ payload }) => payload['retries'])).toEqual([0, 1, 2, 3, 4]);
  });

  test('an error that no retrier names is not tried again', async () => {
    const { world } = await failing([{ ErrorEquals: ['Other'] }]);
    expect(world.steps).toBe('A');
  });

  test.each([
    ['States.ALL', 'States.Timeout', true],
    ['States.ALL', 'States.HeartbeatTimeout', true],
    ['States.ALL', 'States.DataLimitExceeded', false],
    ['States.ALL', 'States.Runtime', false],
    ['States.Runtime', 'States.Runtime', false],
    ['States.DataLimitExceeded', 'States.DataLimitExceeded', true],
    ['States.TaskFailed', 'Lambda.ServiceException', true],
    ['States.TaskFailed', 'States.Timeout', false],
    ['States.Timeout', 'States.HeartbeatTimeout', true],
    ['States.Timeout', 'Lambda.ServiceException', false],
  ])('%s names %s: %s', async (pattern, error, tried) => {
    const { world } = await failing([{ ErrorEquals: [pattern], MaxAttempts: 1 }], error);
    expect(world.calls).toHaveLength(tried ? 2 : 1);
  });

  // https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
  test('full jitter draws from nothing up to the delay', () => {
    const random = seededRandom(5);
    const retrier = {
      ErrorEquals: ['States.ALL'],
      IntervalSeconds: 10,
      BackoffRate: 2,
      MaxDelaySeconds: 30,
      JitterStrategy: 'FULL',
    } as const;
    const delays = Array.from({ length: 500 }, () => retryDelay(retrier, 3, random));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...delays)).toBeLessThan(30_000);
    expect(Math.min(...delays)).toBeLessThan(3_000);
    expect(Math.max(...delays)).toBeGreaterThan(27_000);
  });

  test('the same seed waits the same', async () => {
    const retry = [{ ErrorEquals: ['States.ALL'], JitterStrategy: 'FULL' }];
    const [one, other, third] = await Promise.all([7, 7, 8].map((seed) => failing(retry, 'Any', new World(seededRandom(seed)))));
    expect(secondsOfCalls(one?.world as World, 'A')).toEqual(secondsOfCalls(other?.world as World, 'A'));
    expect(secondsOfCalls(one?.world as World, 'A')).not.toEqual(secondsOfCalls(third?.world as World, 'A'));
  });
});
