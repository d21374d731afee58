import { environment } from './environment.ts';

interface Run {
  readonly runId: string;
  readonly generation: number;
}

/** Run and generation name an execution, so that starting it twice is starting it once. At most 80 characters: "onboard-", a UUID, "-", the generation. */
export const executionName = ({ runId, generation }: Run) => `${runId}-${generation}`;

/** @returns the ARN of a run's execution: arn:aws:states:<region>:<account>:execution:<machine>:<name> */
export const executionArn = (run: Run) =>
  `${environment('ONBOARD_TENANT_ARN').replace(':stateMachine:', ':execution:')}:${executionName(run)}`;
