import { environment } from '../shared/environment.ts';
import { Conflict } from '../shared/errors.ts';
import { siloFailure } from '../shared/silo-failure.ts';
import {
  createSiloStack,
  deleteSiloStack,
  isSiloOf,
  lastOperation,
  protectSiloStack,
  readSiloStack,
  siloOf,
  stackNameOf,
} from '../shared/silo-stack.ts';
import { type StepContext, stepHandler } from '../shared/step.ts';
import { askAgainSeconds } from '../shared/waiting.ts';

/*
 * Makes what the tenant has of its own, as one CloudFormation stack. The stack has the tenant's name, so a repeat meets the one that it made before; a stack
 * without the tenant's tag is a conflict. It never waits: it says that it is unfinished, and is asked again. A stack that could not be made fails the step, and is
 * cleared away and made again by the next redrive: it never held data. Undone by deleting the stack, which keeps what holds data.
 */
const complete = ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE'];

/** What a redrive asks of CloudFormation has tokens of its own, so it is known whether the stack's last operation was asked for by this redrive or before it. */
function tokensOf({ input: { runId, generation, redriveCount } }: StepContext) {
  const create = `${runId}-${generation}-${redriveCount}`;
  return { create, clear: `${create}-clear` };
}

export const handler = stepHandler({
  name: 'DeploySilo',
  during: 'PROVISIONING',
  waits: true,
  intent: ({ tenantId }) => ({ stackName: stackNameOf(tenantId), templateVersion: environment('SILO_TEMPLATE_VERSION') }),
  run: async (context) => {
    const { tenant, startedAt } = context;
    const { create, clear } = tokensOf(context);
    const stackName = stackNameOf(tenant.tenantId);
    const stack = await readSiloStack(tenant.tenantId);
    const answer = {
      stackName,
      templateVersion: environment('SILO_TEMPLATE_VERSION'),
      ready: false,
      askAgainSeconds: askAgainSeconds(startedAt),
    };
    if (!stack) {
      await createSiloStack(tenant, create);
      return { unfinished: answer };
    }
    if (!isSiloOf(stack, tenant.tenantId)) throw new Conflict("A stack of the silo's name is not the tenant's.");
    const status = stack.StackStatus ?? '';
    if (status.endsWith('_IN_PROGRESS')) return { unfinished: answer };
    if (complete.includes(status)) {
      await protectSiloStack(tenant);
      const silo = siloOf(stack);
      return { result: { ...answer, templateVersion: silo.templateVersion, ready: true }, change: () => ({ silo }) };
    }
    const { token, events } = await lastOperation(stack);
    if (token === create || token === clear) throw siloFailure(events);
    await deleteSiloStack(tenant, clear);
    return { unfinished: answer };
  },
});
