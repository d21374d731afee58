import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { type RunInput, type WorkflowName, workflows } from '../../contracts/steps.ts';
import { stepFunctions } from './clients.ts';
import { environment } from './environment.ts';

/** A run in one of its generations. */
export interface RunGeneration {
  readonly runId: string;
  readonly generation: number;
}

/** @returns the workflow whose run this is: a run's id begins with its name */
export function workflowOf({ runId }: Pick<RunGeneration, 'runId'>): WorkflowName {
  const [name = ''] = runId.split('-');
  if (!(name in workflows)) throw new Error('The run is of no workflow that is known here.');
  return name as WorkflowName;
}

/** Run and generation name an execution, so that starting it twice is starting it once. At most 80 characters: "onboard-", a UUID, "-", the generation. */
export const executionName = ({ runId, generation }: RunGeneration) => `${runId}-${generation}`;

/** @returns the ARN of the state machine whose run this is. For handlers that deal with runs of every workflow; others know theirs. */
export const machineOf = (run: Pick<RunGeneration, 'runId'>): string =>
  workflowOf(run) === 'onboard' ? environment('ONBOARD_TENANT_ARN') : environment('ABANDON_TENANT_ARN');

/** @returns the ARN of a run's execution: arn:aws:states:<region>:<account>:execution:<machine>:<name> */
export const executionArn = (machineArn: string, run: RunGeneration) =>
  `${machineArn.replace(':stateMachine:', ':execution:')}:${executionName(run)}`;

/** @returns the ARN of the execution of a run of whichever workflow; for handlers that deal with all */
export const executionOf = (run: RunGeneration): string => executionArn(machineOf(run), run);

/** @returns what Step Functions knows of an execution, eventually consistent, or undefined when there is none (any more) */
export async function describeExecution(arn: string): Promise<DescribeExecutionCommandOutput | undefined> {
  try {
    return await stepFunctions().send(new DescribeExecutionCommand({ executionArn: arn }));
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return undefined;
    throw error;
  }
}

/** Starts the execution of a run's generation; once, however often it is asked. */
export async function startExecution(machineArn: string, tenantId: string, run: RunGeneration): Promise<void> {
  const input: RunInput = { tenantId, runId: run.runId, generation: run.generation };
  try {
    await stepFunctions().send(
      new StartExecutionCommand({ stateMachineArn: machineArn, name: executionName(run), input: JSON.stringify(input) }),
    );
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  }
}
