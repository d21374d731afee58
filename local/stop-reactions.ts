import { LambdaClient, paginateListEventSourceMappings, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import {
  GetScheduleCommand,
  paginateListSchedules,
  SchedulerClient,
  type ScheduleState,
  UpdateScheduleCommand,
  type UpdateScheduleCommandInput,
} from '@aws-sdk/client-scheduler';
import type { StackRecord } from './stack-record.ts';

/**
 * Has streams, queues and schedules of a local stack wake nobody, for who decides alone what happens there: what is written starts no onboarding, and no sweep looks after it.
 * @returns what lets them wake the reactions again
 */
export async function stopReactions({
  endpoint,
  region,
  credentials,
}: Pick<StackRecord, 'endpoint' | 'region' | 'credentials'>): Promise<() => Promise<void>> {
  const config = { endpoint, region, credentials: { ...credentials } };
  const switchTo = async (enabled: boolean) => {
    const lambda = new LambdaClient(config);
    const scheduler = new SchedulerClient(config);
    for await (const { EventSourceMappings = [] } of paginateListEventSourceMappings({ client: lambda }, {}))
      for (const { UUID } of EventSourceMappings) await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: enabled }));
    for await (const { Schedules = [] } of paginateListSchedules({ client: scheduler }, {}))
      for (const { Name } of Schedules) await setSchedule(scheduler, Name, enabled ? 'ENABLED' : 'DISABLED');
    lambda.destroy();
    scheduler.destroy();
  };
  await switchTo(false);
  return () => switchTo(true);
}

/** Has a schedule come or rest. An update sets everything anew: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html */
export async function setSchedule(scheduler: SchedulerClient, name: string | undefined, State: ScheduleState): Promise<void> {
  const {
    $metadata: _,
    Arn: _arn,
    CreationDate: _created,
    LastModificationDate: _modified,
    ...schedule
  } = await scheduler.send(new GetScheduleCommand({ Name: name }));
  await scheduler.send(new UpdateScheduleCommand({ ...schedule, State } as UpdateScheduleCommandInput));
}
