import { ExecutionAlreadyExists, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { OnboardInput } from '../../contracts/steps.ts';
import { stepFunctions } from './clients.ts';
import { environment } from './environment.ts';

interface Run {
  readonly runId: string;
  readonly generation: number;
}

/** Run and generation name an execution, so that starting it twice is starting it once. At most 80 characters: "onboard-", a UUID, "-", the generation. */
export const executionName = ({ runId, generation }: Run) => `${runId}-${generation}`;

export const stateMachineArn = () => environment('ONBOARD_TENANT_ARN');

/** @returns the ARN of a run's execution: arn:aws:states:<region>:<account>:execution:<machine>:<name> */
export const executionArn = (run: Run) => `${stateMachineArn().replace(':stateMachine:', ':execution:')}:${executionName(run)}`;

/** Starts the execution of a run's generation; once, however often it is asked. */
export async function startExecution(tenantId: string, run: Run): Promise<void> {
  const input: OnboardInput = { tenantId, runId: run.runId, generation: run.generation };
  try {
    await stepFunctions().send(
      new StartExecutionCommand({ stateMachineArn: stateMachineArn(), name: executionName(run), input: JSON.stringify(input) }),
    );
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  }
}
