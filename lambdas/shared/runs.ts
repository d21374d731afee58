import { type StepName, workflows } from '../../contracts/steps.ts';
import { stepsOf } from './catalog.ts';
import { workflowOf } from './executions.ts';
import type { Tenant } from './tenants.ts';

/** @returns the steps of the tenant's run, in the workflow's order; before it has one, those of the run that it is to have */
export function stepsOfRun({ tier, run }: Pick<Tenant, 'tier' | 'run'>): readonly StepName[] {
  const workflow = run ? workflowOf(run) : 'onboard';
  return workflow === 'onboard' ? stepsOf(tier) : workflows[workflow];
}
