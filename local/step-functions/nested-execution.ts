import { DescribeExecutionCommand, type DescribeExecutionCommandOutput, type SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import type { Clock } from './clock.ts';
import type { Json, JsonObject } from './json.ts';
import { StatesError } from './states-error.ts';

const firstPollMilliseconds = 20;
const longestPollMilliseconds = 1_000;

/** `Arguments` of `arn:aws:states:::states:startExecution` as the API takes them: in camel case, the input as text. */
export function startExecutionInput(args: JsonObject): object {
  const { StateMachineArn, Name, Input, TraceHeader } = args;
  const input = Input === undefined || typeof Input === 'string' ? Input : JSON.stringify(Input);
  return { stateMachineArn: StateMachineArn, name: Name, input, traceHeader: TraceHeader };
}

/** Waits for an execution by polling. When nobody waits any more the execution is stopped, as AWS does. https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html */
export async function awaitExecution(client: SFNClient, executionArn: string, clock: Clock, signal: AbortSignal): Promise<Json> {
  let wake = () => {};
  const stop = () => {
    wake();
    const command = new StopExecutionCommand({ executionArn, cause: 'The parent execution stopped waiting.' });
    client.send(command).catch((error: unknown) => {
      console.error(`Could not stop ${executionArn}: ${error instanceof Error ? error.message : error}`);
    });
  };
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    let pause = firstPollMilliseconds;
    for (;;) {
      const description = await client.send(new DescribeExecutionCommand({ executionArn }), { abortSignal: signal });
      if (description.status !== 'RUNNING') return resultOf(description);
      const wait = pause;
      await new Promise<void>((resolve) => {
        const cancel = clock.schedule(wait, resolve);
        wake = () => {
          cancel();
          resolve();
        };
      });
      pause = Math.min(pause * 1.5, longestPollMilliseconds);
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function resultOf(description: DescribeExecutionCommandOutput): Json {
  const { executionArn = '', name = '', stateMachineArn = '', status = '', input, output, error, cause, startDate, stopDate } = description;
  const common = {
    ExecutionArn: executionArn,
    Name: name,
    StateMachineArn: stateMachineArn,
    Status: status,
    ...(startDate ? { StartDate: startDate.getTime() } : {}),
    ...(stopDate ? { StopDate: stopDate.getTime() } : {}),
    ...(error === undefined ? {} : { Error: error }),
    ...(cause === undefined ? {} : { Cause: cause }),
  };
  if (status !== 'SUCCEEDED')
    throw new StatesError('States.TaskFailed', JSON.stringify({ ...common, ...(input === undefined ? {} : { Input: input }) }));
  return {
    ...common,
    ...(input === undefined ? {} : { Input: JSON.parse(input), InputDetails: { Included: true } }),
    ...(output === undefined ? {} : { Output: JSON.parse(output), OutputDetails: { Included: true } }),
  };
}
