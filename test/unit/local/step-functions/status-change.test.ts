import { describe, expect, test } from '@jest/globals';
import { chain, fails, machine, World } from './support/world.ts';

// https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
describe('status changes', () => {
  test('are told at each start, end and redrive', async () => {
    const world = new World();
    world.let('C', fails('QuotaExceeded', 'too many'));
    const execution = await world.run(chain());
    world.let('C');
    await world.clock.advanceBy(5_000);
    await world.redrive(execution);
    const start = Date.UTC(2026, 0, 1);
    expect(world.changes).toEqual(
      [
        { status: 'RUNNING', redriveStatusReason: 'Execution is RUNNING and cannot be redriven' },
        {
          status: 'FAILED',
          stopDate: start + 1_000,
          error: 'QuotaExceeded',
          cause: 'too many',
          redriveStatus: 'REDRIVABLE',
          redriveStatusReason: null,
        },
        {
          status: 'RUNNING',
          redriveCount: 1,
          redriveDate: start + 6_000,
          redriveStatusReason: 'Execution is RUNNING and cannot be redriven',
        },
        {
          status: 'SUCCEEDED',
          stopDate: start + 6_000,
          output: '{"v":4}',
          outputDetails: { included: true },
          redriveCount: 1,
          redriveDate: start + 6_000,
          redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
        },
      ].map((change) => ({
        executionArn: execution.arn,
        stateMachineArn: execution.stateMachine.arn,
        stateMachineVersionArn: null,
        stateMachineAliasArn: null,
        name: execution.name,
        startDate: start,
        stopDate: null,
        input: '{"v":0}',
        inputDetails: { included: true },
        output: null,
        outputDetails: null,
        error: null,
        cause: null,
        redriveCount: 0,
        redriveDate: null,
        redriveStatus: 'NOT_REDRIVABLE',
        ...change,
      })),
    );
  });

  test('leave out what would make the event too large', async () => {
    const world = new World();
    await world.run(machine({ A: { Type: 'Pass', End: true } }), 'x'.repeat(250_000));
    expect(world.changes.at(-1)).toMatchObject({
      input: null,
      inputDetails: { included: false },
      output: null,
      outputDetails: { included: false },
    });
  });
});
