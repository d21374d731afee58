import { randomUUID } from 'node:crypto';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { CreateScheduleCommand, GetScheduleCommand } from '@aws-sdk/client-scheduler';
import { expect } from '@jest/globals';
import { setSchedule } from '../../../local/stop-reactions.ts';
import { lambda, scheduler } from './clients.ts';
import { functionOf, physicalId } from './faults.ts';

/* The schedules of the reactions: a test cannot wait for minutes, and some must not be disturbed by what comes by itself. */

const nameOf = (reaction: string) => physicalId('Tenantry-Pipeline', `${reaction}Schedule`, 'AWS::Scheduler::Schedule');

/** Has the reaction do what it does on its schedule, and waits until it is done. @returns what it answers */
export async function runs(reaction: string): Promise<unknown> {
  const { FunctionError, Payload } = await lambda.send(new InvokeCommand({ FunctionName: await functionOf(reaction), Payload: '{}' }));
  const answer = JSON.parse(Payload?.transformToString() || 'null');
  expect({ FunctionError, answer }).toEqual({ FunctionError: undefined, answer });
  return answer;
}

/** Has the reaction's schedule come now: a schedule of the same target, role and input, once. It answers before the reaction has run. */
export async function comes(reaction: string): Promise<void> {
  const { Target } = await scheduler.send(new GetScheduleCommand({ Name: await nameOf(reaction) }));
  const now = new Date().toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
  await scheduler.send(
    new CreateScheduleCommand({
      Name: `${reaction}-${randomUUID()}`,
      ScheduleExpression: `at(${now})`,
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target,
    }),
  );
}

export const rest = async (reaction: string) => setSchedule(scheduler, await nameOf(reaction), 'DISABLED');
export const resume = async (reaction: string) => setSchedule(scheduler, await nameOf(reaction), 'ENABLED');
