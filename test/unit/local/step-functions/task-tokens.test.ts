import { describe, expect, test } from '@jest/globals';
import type { Execution } from '../../../../local/step-functions/execution.ts';
import { StatesError } from '../../../../local/step-functions/states-error.ts';
import type { TokenWaiter } from '../../../../local/step-functions/task-tokens.ts';
import { eventsOf, fails, machine, outputOf, task, World } from './support/world.ts';

/** A world with a task that hands its token to the step `Ask` and waits. */
function waiting(extra: object = {}) {
  const world = new World();
  const ask = {
    ...task('Ask'),
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Arguments: { FunctionName: 'worker', Payload: { step: 'Ask', token: '{% $states.context.Task.Token %}' } },
    Output: '{% $states.result %}',
    ...extra,
  };
  const execution = world.start(machine({ Ask: ask }));
  return { world, execution };
}

function newestToken(world: World): string {
  return String(world.calls.at(-1)?.payload['token']);
}

function open(world: World, token = newestToken(world)): TokenWaiter {
  const state = world.engine.tokens.look(token);
  if (state.kind !== 'open') throw new Error(`The token is ${state.kind}.`);
  return state.waiter;
}

async function settled(world: World, execution: Execution) {
  await world.clock.settle();
  return [execution.status, execution.error, outputOf(execution)];
}

// https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
describe('task tokens', () => {
  test('success ends the task with the output that was sent', async () => {
    const { world, execution } = waiting();
    await world.clock.settle();
    expect(execution.status).toBe('RUNNING');
    open(world).succeed({ n: 3 });
    expect(await settled(world, execution)).toEqual(['SUCCEEDED', undefined, { n: 3 }]);
    expect(eventsOf(execution)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered:Ask',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskSucceeded',
      'TaskStateExited:Ask',
      'ExecutionSucceeded',
    ]);
  });

  test('failure ends it with the error that was sent', async () => {
    const { world, execution } = waiting();
    await world.clock.settle();
    open(world).fail(new StatesError('NotApproved', 'not this year'));
    expect(await settled(world, execution)).toEqual(['FAILED', 'NotApproved', undefined]);
    expect(execution.cause).toBe('not this year');
  });

  test('the token names its state machine first', async () => {
    const { world, execution } = waiting();
    await world.clock.settle();
    const [head = ''] = newestToken(world).split('.');
    expect(Buffer.from(head, 'base64url').toString()).toBe(execution.stateMachine.arn);
  });

  test('a used token is closed, an invented one unknown, anything else malformed', async () => {
    const { world, execution } = waiting();
    await world.clock.settle();
    const token = newestToken(world);
    open(world).succeed(1);
    await settled(world, execution);
    expect(world.engine.tokens.look(token).kind).toBe('closed');
    const invented = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
    expect(world.engine.tokens.look(invented).kind).toBe('unknown');
    expect(world.engine.tokens.look('nonsense').kind).toBe('malformed');
  });

  test('only the first answer counts', async () => {
    const { world, execution } = waiting();
    await world.clock.settle();
    const waiter = open(world);
    waiter.succeed('first');
    waiter.fail(new StatesError('Second', ''));
    expect(await settled(world, execution)).toEqual(['SUCCEEDED', undefined, 'first']);
  });

  test('each attempt has a token of its own', async () => {
    const { world, execution } = waiting({ Retry: [{ ErrorEquals: ['Again'], MaxAttempts: 1, IntervalSeconds: 1 }] });
    await world.clock.settle();
    const first = newestToken(world);
    open(world).fail(new StatesError('Again', ''));
    await world.clock.advanceBy(1_000);
    expect(newestToken(world)).not.toBe(first);
    expect(world.engine.tokens.look(first).kind).toBe('closed');
    open(world).succeed('second');
    expect(await settled(world, execution)).toEqual(['SUCCEEDED', undefined, 'second']);
  });

  test('an answer may overtake the call that carried the token', async () => {
    const world = new World();
    world.let('Ask', async ({ token }) => {
      open(world, String(token)).succeed('early');
      return world.clock.sleep(1_000).then(() => 'late');
    });
    const extra = { Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', Output: '{% $states.result %}' };
    const ask = {
      ...task('Ask', undefined, extra),
      Arguments: { FunctionName: 'worker', Payload: { step: 'Ask', token: '{% $states.context.Task.Token %}' } },
    };
    const execution = await world.run(machine({ Ask: ask }));
    expect([execution.status, outputOf(execution)]).toEqual(['SUCCEEDED', 'early']);
    expect(eventsOf(execution)).not.toContain('TaskSubmitted');
  });

  test('a call that fails ends the task without its token', async () => {
    const world = new World();
    world.let('A', fails('Lambda.ResourceNotFoundException'));
    const execution = await world.run(
      machine({ A: task('A', undefined, { Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken' }) }),
    );
    expect(execution.error).toBe('Lambda.ResourceNotFoundException');
  });
});

describe('heartbeats', () => {
  test('a task that stays silent times out', async () => {
    const { world, execution } = waiting({ HeartbeatSeconds: 10, TimeoutSeconds: 100 });
    await world.clock.advanceBy(10_000);
    expect([execution.status, execution.error]).toEqual(['FAILED', 'States.HeartbeatTimeout']);
    expect(eventsOf(execution)).toContain('TaskTimedOut');
  });

  test('each heartbeat begins the time anew, until the task itself times out', async () => {
    const { world, execution } = waiting({ HeartbeatSeconds: 10, TimeoutSeconds: 25 });
    for (let beat = 0; beat < 3; beat++) {
      await world.clock.advanceBy(8_000);
      open(world).heartbeat();
    }
    expect(execution.status).toBe('RUNNING');
    await world.clock.advanceBy(1_000);
    expect([execution.status, execution.error, world.clock.pendingTimers]).toEqual(['FAILED', 'States.Timeout', 0]);
  });

  test('a task without a limit waits for ever', async () => {
    const { world, execution } = waiting();
    await world.clock.advanceBy(300 * 24 * 60 * 60 * 1000);
    expect([execution.status, world.clock.pendingTimers]).toEqual(['RUNNING', 0]);
  });
});
