import { describe, expect, test } from '@jest/globals';
import type { Execution } from '../../../../local/step-functions/execution.ts';
import { detailsOf, expectWellFormed, fails, machine, outputOf, task, World } from './support/world.ts';

/** Lets so many chains of promises take one step each. */
async function microtasks(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await undefined;
}

/** How often each state was left. */
function exits(execution: Execution): Record<string, number> {
  const result: Record<string, number> = {};
  for (const event of execution.history.all()) {
    if (!event.type.endsWith('StateExited')) continue;
    const name = String(detailsOf(event)['name']);
    result[name] = (result[name] ?? 0) + 1;
  }
  return result;
}

/** States that were said to be aborted although they were not entered. */
function wronglyAborted(execution: Execution): string[] {
  const events = execution.history.all();
  return events
    .filter(({ type, previousEventId }) => type.endsWith('StateAborted') && events[previousEventId - 1]?.type.endsWith('StateExited'))
    .map(({ type }) => type);
}

const pass = (next: string) => ({ Type: 'Pass', Assign: { [`seen${next}`]: true }, Next: next });

// Whatever the moment, a redrive finds each state either with its input or behind it with its output:
// https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
describe('stopped in any moment and redriven', () => {
  test('a chain leaves each state once and ends with the same output', async () => {
    const definition = machine({
      P: pass('A'),
      A: task('A', 'W'),
      W: { Type: 'Wait', Seconds: 0, Next: 'B' },
      B: task('B', 'Z'),
      Z: { Type: 'Pass', End: true },
    });
    let stoppedWhileRunning = 0;
    for (let moment = 0; moment < 150; moment++) {
      const world = new World();
      const execution = world.start(definition);
      await microtasks(moment);
      if (execution.status === 'RUNNING') {
        stoppedWhileRunning++;
        world.engine.stop(execution.arn);
        world.engine.redrive(execution.arn);
      }
      await world.clock.runUntilIdle();
      expect([moment, execution.status, outputOf(execution)]).toEqual([moment, 'SUCCEEDED', { v: 2 }]);
      expect([moment, exits(execution)]).toEqual([moment, { P: 1, A: 1, W: 1, B: 1, Z: 1 }]);
      expect([moment, wronglyAborted(execution)]).toEqual([moment, []]);
      expectWellFormed(execution);
    }
    expect(stoppedWhileRunning).toBeGreaterThan(40);
  });

  test('branches whose sibling fails leave each state once', async () => {
    const branches = [
      { StartAt: 'P', States: { P: pass('A'), A: task('A', 'B'), B: task('B') } },
      { StartAt: 'F', States: { F: task('F') } },
    ];
    const definition = machine({ All: { Type: 'Parallel', Branches: branches, End: true } });
    for (let moment = 0; moment < 100; moment++) {
      const world = new World();
      world.let('F', async (payload, call) => {
        await microtasks(moment);
        return fails('Boom')(payload, call);
      });
      const execution = await world.run(definition);
      expect([moment, execution.error]).toEqual([moment, 'Boom']);
      world.let('F');
      await world.redrive(execution);
      expect([moment, outputOf(execution)]).toEqual([moment, [{ v: 2 }, { v: 1 }]]);
      expect([moment, exits(execution)]).toEqual([moment, { P: 1, A: 1, B: 1, F: 1, All: 1 }]);
      expect([moment, wronglyAborted(execution)]).toEqual([moment, []]);
    }
  });
});
