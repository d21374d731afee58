import { randomUUID } from 'node:crypto';
import { CreateScheduleCommand, GetScheduleCommand, type ScheduleState, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { scheduler } from './clients.ts';
import { physicalId } from './faults.ts';

/* The schedules of the reactions: a test cannot wait for minutes, and some must not be disturbed by what comes by itself. */

const read = async (reaction: string) =>
  scheduler.send(
    new GetScheduleCommand({ Name: await physicalId('Tenantry-Pipeline', `${reaction}Schedule`, 'AWS::Scheduler::Schedule') }),
  );

/** Has the reaction's schedule come now: a schedule of the same target, role and input, once. It answers before the reaction has run. */
export async function comes(reaction: string): Promise<void> {
  const { Target } = await read(reaction);
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

async function set(reaction: string, State: ScheduleState): Promise<void> {
  const { Name, Description, ScheduleExpression, FlexibleTimeWindow, Target } = await read(reaction);
  await scheduler.send(new UpdateScheduleCommand({ Name, Description, ScheduleExpression, FlexibleTimeWindow, Target, State }));
}
export const rest = (reaction: string) => set(reaction, 'DISABLED');
export const resume = (reaction: string) => set(reaction, 'ENABLED');
