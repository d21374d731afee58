import type { StepResult } from '../../contracts/steps.ts';
import { releaseCell } from '../shared/cells.ts';
import type { View } from '../shared/commit.ts';
import { siloFailure } from '../shared/silo-failure.ts';
import { deleteUserPool } from '../shared/silo-remains.ts';
import { deleteSiloStack, isSiloOf, lastOperation, protectSiloStack, readSiloStack } from '../shared/silo-stack.ts';
import { stepHandler } from '../shared/step.ts';
import { readStep } from '../shared/tenants.ts';
import { gone, notYet } from '../shared/undo.ts';
import { askAgainSeconds } from '../shared/waiting.ts';

/*
 * Deletes the stack of the tenant's silo, waits until it is gone, and deletes the user pool that it leaves behind, which EmptySilo has named; all else that it would leave, EmptySilo has deleted.
 * A stack without the tenant's tag is left alone. A deletion that failed fails the step, and a redrive asks for it again. Nothing undoes it.
 */
async function deleteUserPools(tenantId: string, runId: string): Promise<void> {
  const emptied = await readStep(tenantId, runId, 'EmptySilo');
  const { userPoolIds = [] } = (emptied?.result ?? {}) as Partial<StepResult<'EmptySilo'>>;
  for (const userPoolId of userPoolIds) await deleteUserPool(userPoolId);
}

export const handler = stepHandler({
  name: 'DeleteSilo',
  during: 'ABANDONED',
  waits: true,
  run: async ({ tenant, startedAt, input: { runId, generation, redriveCount } }) => {
    const stack = await readSiloStack(tenant.tenantId);
    if (!stack) {
      await deleteUserPools(tenant.tenantId, runId);
      return forgotten(gone());
    }
    if (!isSiloOf(stack, tenant.tenantId)) return forgotten(gone("A stack of the silo's name is not the tenant's, and was left alone."));
    const later = notYet(askAgainSeconds(startedAt));
    if (stack.StackStatus?.endsWith('_IN_PROGRESS')) return later;
    const token = `${runId}-${generation}-${redriveCount}`;
    if (stack.StackStatus === 'DELETE_FAILED') {
      const last = await lastOperation(stack);
      if (last.token === token) throw siloFailure(last.events);
    }
    if (stack.EnableTerminationProtection) await protectSiloStack(tenant, false);
    await deleteSiloStack(tenant, token);
    return later;
  },
});

/** The place in the cell is given back, and what of the tenant says that it has a silo goes with it. */
const forgotten = ({ result, change }: ReturnType<typeof gone>) => ({
  result,
  change: (view: View) => ({ ...change(view), ...releaseCell(view.tenant).tenant, silo: undefined }),
  alongside: ({ tenant }: View) => releaseCell(tenant).alongside ?? [],
});
