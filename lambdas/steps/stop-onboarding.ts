import { ExecutionDoesNotExist, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { stepFunctions } from '../shared/clients.ts';
import { environment } from '../shared/environment.ts';
import { executionArn, type RunGeneration } from '../shared/executions.ts';
import { secondsUntilEnded } from '../shared/quiet-run.ts';
import { stepHandler } from '../shared/step.ts';
import { gone, notYet } from '../shared/undo.ts';

/*
 * Stops the onboarding that is given up, and waits until nothing of it is under way. Its steps are refused since the tenant has another run; but one that had begun before that may still be
 * making something, for as long as a function may run. Stopping what has ended changes nothing, so repeating it is harmless. Nothing undoes it.
 */

async function stop(run: RunGeneration): Promise<void> {
  try {
    await stepFunctions().send(
      new StopExecutionCommand({
        executionArn: executionArn(environment('ONBOARD_TENANT_ARN'), run),
        error: 'Abandoned',
        cause: 'The onboarding was given up.',
      }),
    );
  } catch (error) {
    if (!(error instanceof ExecutionDoesNotExist)) throw error;
  }
}

export const handler = stepHandler({
  name: 'StopOnboarding',
  during: 'ABANDONED',
  waits: true,
  run: async ({ tenant }) => {
    const { undoes, startedAt: abandonedAt } = tenant.run ?? {};
    if (!undoes || !abandonedAt) return gone();
    await stop(undoes);
    const leftSeconds = secondsUntilEnded(abandonedAt);
    return leftSeconds > 0 ? notYet(leftSeconds) : gone();
  },
});
