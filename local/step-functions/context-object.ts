import { type Frame, nearestItem } from './frame.ts';
import type { JsonObject } from './json.ts';
import { totalRetries } from './retry.ts';
import type { Run } from './run.ts';

/** The context object, `$states.context`: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html */
export function contextObject(run: Run, frame: Frame, taskToken?: string): JsonObject {
  const { execution } = run;
  const item = nearestItem(frame);
  return {
    Execution: {
      Id: execution.arn,
      Input: execution.input,
      Name: execution.name,
      RoleArn: execution.stateMachine.roleArn,
      StartTime: new Date(execution.startDate).toISOString(),
      RedriveCount: execution.redriveCount,
      ...(execution.redriveDate === undefined ? {} : { RedriveTime: new Date(execution.redriveDate).toISOString() }),
    },
    State: { EnteredTime: frame.enteredTime, Name: frame.stateName, RetryCount: totalRetries(frame.retryCounts) },
    StateMachine: { Id: execution.stateMachine.arn, Name: execution.stateMachine.name },
    ...(taskToken === undefined ? {} : { Task: { Token: taskToken } }),
    ...(item ? { Map: { Item: { Index: item.index, Value: item.value } } } : {}),
  };
}
