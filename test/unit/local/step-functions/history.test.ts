import { describe, expect, test } from '@jest/globals';
import { chain, detailsOf, eventsOf, expectWellFormed, fails, machine, task, World } from './support/world.ts';

// https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
describe('history', () => {
  test('of a task that succeeds, event by event', async () => {
    const state = task('A', undefined, { TimeoutSeconds: 30, HeartbeatSeconds: 10, Assign: { x: '{% $states.result.StatusCode %}' } });
    const execution = await new World().run(machine({ A: state }));
    const seconds = Date.UTC(2026, 0, 1) / 1000;
    const kind = { resourceType: 'lambda', resource: 'invoke' };
    expect(execution.history.all()).toEqual([
      {
        id: 1,
        previousEventId: 0,
        timestamp: seconds,
        type: 'ExecutionStarted',
        executionStartedEventDetails: {
          input: '{"v":0}',
          inputDetails: { truncated: false },
          roleArn: 'arn:aws:iam::000000000000:role/machine',
        },
      },
      {
        id: 2,
        previousEventId: 0,
        timestamp: seconds,
        type: 'TaskStateEntered',
        stateEnteredEventDetails: { name: 'A', input: '{"v":0}', inputDetails: { truncated: false } },
      },
      {
        id: 3,
        previousEventId: 2,
        timestamp: seconds,
        type: 'TaskScheduled',
        taskScheduledEventDetails: {
          ...kind,
          region: 'eu-central-1',
          parameters: '{"FunctionName":"worker","Payload":{"v":0,"step":"A","redrives":0,"retries":0}}',
          timeoutInSeconds: 30,
          heartbeatInSeconds: 10,
        },
      },
      { id: 4, previousEventId: 3, timestamp: seconds, type: 'TaskStarted', taskStartedEventDetails: kind },
      {
        id: 5,
        previousEventId: 4,
        timestamp: seconds,
        type: 'TaskSucceeded',
        taskSucceededEventDetails: { ...kind, output: '{"Payload":{"v":1},"StatusCode":200}', outputDetails: { truncated: false } },
      },
      {
        id: 6,
        previousEventId: 5,
        timestamp: seconds,
        type: 'TaskStateExited',
        stateExitedEventDetails: {
          name: 'A',
          output: '{"v":1}',
          outputDetails: { truncated: false },
          assignedVariables: { x: '200' },
          assignedVariablesDetails: { truncated: false },
        },
      },
      {
        id: 7,
        previousEventId: 6,
        timestamp: seconds,
        type: 'ExecutionSucceeded',
        executionSucceededEventDetails: { output: '{"v":1}', outputDetails: { truncated: false } },
      },
    ]);
  });

  test('of a failure gives the error and the cause', async () => {
    const world = new World();
    world.let('A', fails('Boom', 'too hot'));
    const execution = await world.run(machine({ A: task('A') }));
    const [failed, ended] = execution.history.all().slice(-2);
    expect(detailsOf(failed)).toEqual({ resourceType: 'lambda', resource: 'invoke', error: 'Boom', cause: 'too hot' });
    expect(detailsOf(ended)).toEqual({ error: 'Boom', cause: 'too hot' });
  });

  test('of branches: each event follows its own branch', async () => {
    const branch = (name: string) => ({ StartAt: name, States: { [name]: task(name) } });
    const execution = await new World().run(machine({ P: { Type: 'Parallel', Branches: [branch('A'), branch('B')], End: true } }));
    expectWellFormed(execution);
    const events = execution.history.all();
    const started = events.find(({ type }) => type === 'ParallelStateStarted');
    const entered = events.filter(({ type }) => type === 'TaskStateEntered');
    expect(entered.map(({ previousEventId }) => previousEventId)).toEqual([started?.id, started?.id]);
    for (const name of ['A', 'B']) {
      const exited = events.find((event) => event.type === 'TaskStateExited' && detailsOf(event)['name'] === name);
      const chain: string[] = [];
      for (let event = exited; event && event.id !== started?.id; event = events[event.previousEventId - 1]) chain.push(event.type);
      expect(chain).toEqual(['TaskStateExited', 'TaskSucceeded', 'TaskStarted', 'TaskScheduled', 'TaskStateEntered']);
    }
  });

  test('every kind of state has its own names', async () => {
    const states = {
      P: { Type: 'Pass', Next: 'C' },
      C: { Type: 'Choice', Choices: [{ Condition: true, Next: 'W' }] },
      W: { Type: 'Wait', Seconds: 1, Next: 'M' },
      M: { Type: 'Map', Items: [1], ItemProcessor: { StartAt: 'I', States: { I: { Type: 'Pass', End: true } } }, Next: 'S' },
      S: { Type: 'Succeed' },
    };
    expect(eventsOf(await new World().run(machine(states)))).toEqual([
      'ExecutionStarted',
      ...[
        'PassStateEntered:P',
        'PassStateExited:P',
        'ChoiceStateEntered:C',
        'ChoiceStateExited:C',
        'WaitStateEntered:W',
        'WaitStateExited:W',
      ],
      ...['MapStateEntered:M', 'MapStateStarted', 'MapIterationStarted', 'PassStateEntered:I', 'PassStateExited:I'],
      ...['MapIterationSucceeded', 'MapStateSucceeded', 'MapStateExited:M', 'SucceedStateEntered:S', 'SucceedStateExited:S'],
      'ExecutionSucceeded',
    ]);
  });

  test('can be had without the data', async () => {
    const execution = await new World().run(chain());
    const text = JSON.stringify(execution.history.between(1, execution.history.length, false));
    expect(text).not.toMatch(/"(input|output|parameters)"/);
    expect(text).toContain('"name":"A"');
  });
});
