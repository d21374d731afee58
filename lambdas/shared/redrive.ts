import {
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  ExecutionNotRedrivable,
  RedriveExecutionCommand,
} from '@aws-sdk/client-sfn';
import canonicalize from 'canonicalize';
import type { StepName, WorkflowName } from '../../contracts/steps.ts';
import type { RedriveAccepted, RedriveRequest, TenantStatus } from '../../contracts/tenant.ts';
import { Refusal } from './api.ts';
import { stepFunctions } from './clients.ts';
import { commit } from './commit.ts';
import { UnknownTenant } from './errors.ts';
import { describeExecution, executionName, executionOf, machineOf, startExecution, workflowOf } from './executions.ts';
import { stepsOfRun } from './runs.ts';
import { readTenantWithSteps, type StepRecord, type Tenant } from './tenants.ts';

/*
 * Has a run go on that did not end well. An execution that Step Functions still redrives goes on at its failed step; otherwise the run gets a next generation, which starts from the top and whose
 * steps, when they are done, answer from their records. The event is written first, so that nothing goes on without its event; names and tokens that say which redrive it is make a repeated
 * request one.
 */

/** Where a tenant is while a run of the workflow may still have steps to do; elsewhere each step would be refused. */
const during: Record<WorkflowName, readonly TenantStatus[]> = { onboard: ['PROVISIONING', 'ACTIVE'], abandon: ['ABANDONED'] };

type Run = NonNullable<Tenant['run']>;

/** Who has which run go on, and why. */
interface Going {
  readonly tenantId: string;
  readonly run: Run;
  /** Where it stopped, if a step says so. */
  readonly step: StepName | undefined;
  readonly reason: string;
  readonly staffId: string;
}

/** What the event of either way says. */
const said = ({ run, step, reason, staffId }: Going) => ({
  actor: { kind: 'staff' as const, id: staffId },
  reason,
  runId: run.runId,
  ...(step ? { step } : {}),
});

/** An execution keeps the definition that it started with: https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html */
async function definitionChanged(run: Run): Promise<boolean> {
  const [its, current] = await Promise.all([
    stepFunctions().send(new DescribeStateMachineForExecutionCommand({ executionArn: executionOf(run) })),
    stepFunctions().send(new DescribeStateMachineCommand({ stateMachineArn: machineOf(run) })),
  ]);
  const form = ({ definition = '{}' }: { definition?: string | undefined }) => canonicalize(JSON.parse(definition));
  return form(its) !== form(current);
}

async function redriveExecution(going: Going, redriveCount: number): Promise<RedriveAccepted> {
  const { tenantId, run, step } = going;
  // Asked before, because the answer must not fail once the execution goes on.
  const changed = await definitionChanged(run);
  const { runId, generation } = run;
  await commit({ tenantId }, ({ tenant }) => {
    if (tenant.run?.runId !== runId || tenant.run.generation !== generation) throw overtaken();
    // The same redrive, asked for at the same time.
    if ((tenant.run.redriveRequested ?? 0) >= redriveCount) return { answer: undefined };
    return {
      answer: undefined,
      tenant: { run: { ...tenant.run, redriveRequested: redriveCount } },
      entry: { type: 'RedriveRequested', ...said(going), generation, data: { redriveCount } },
    };
  });
  try {
    await stepFunctions().send(
      new RedriveExecutionCommand({
        executionArn: executionOf(run),
        clientToken: `${executionName(run)}-${redriveCount}`,
      }),
    );
  } catch (error) {
    if (error instanceof ExecutionNotRedrivable) throw new Refusal('not-redrivable', 'Somebody else has just redriven the run.');
    throw error;
  }
  return { tenantId, runId, generation, way: 'redrive', redriveCount, definitionChanged: changed, ...(step ? { step } : {}) };
}

const overtaken = () => new Refusal('not-redrivable', 'Somebody else has just let the run go on, or ended it. Look at the tenant again.');

/** Should this end between the event and the start, the tenant has a generation without an execution, which is found from outside and started. */
async function startGeneration(going: Going, because: string): Promise<RedriveAccepted> {
  const { tenantId, run, step } = going;
  const next = await commit<Run>({ tenantId }, ({ tenant }) => {
    if (tenant.run?.runId !== run.runId || tenant.run.generation !== run.generation) throw overtaken();
    const { redriveRequested: _ofTheLast, corrected: _atItsBeginning, ...rest } = tenant.run;
    const answer: Run = { ...rest, generation: run.generation + 1 };
    return {
      answer,
      tenant: { run: answer },
      entry: { type: 'GenerationStarted', ...said(going), generation: answer.generation, data: { because } },
    };
  });
  await startExecution(machineOf(next), tenantId, next);
  const { runId, generation } = next;
  return { tenantId, runId, generation, way: 'new-generation', redriveCount: 0, definitionChanged: false, ...(step ? { step } : {}) };
}

const isFinished = (tenant: Tenant, steps: readonly StepRecord[]) =>
  stepsOfRun(tenant).every((name) => steps.some(({ step, state }) => step === name && state === 'SUCCEEDED'));

/**
 * Has the tenant's run go on.
 * @throws UnknownTenant; Refusal `not-redrivable` when there is nothing that could go on, or it does already
 */
export async function goOn(tenantId: string, { reason, newGeneration }: RedriveRequest, staffId: string): Promise<RedriveAccepted> {
  const found = await readTenantWithSteps(tenantId);
  if (!found) throw new UnknownTenant('There is no such tenant.');
  const { tenant, steps } = found;
  const { run } = tenant;
  if (!run) throw new Refusal('not-redrivable', `The tenant is ${tenant.status} and has no run yet: there is nothing to redrive.`);
  if (!during[workflowOf(run)].includes(tenant.status))
    throw new Refusal('not-redrivable', `The tenant is ${tenant.status}: its run does not go on.`);
  const step = steps.find(({ state }) => state === 'FAILED' || state === 'RUNNING')?.step;
  const going: Going = { tenantId, run, step, reason, staffId };
  const execution = await describeExecution(executionOf(run));
  if (!execution) {
    if (isFinished(tenant, steps)) throw new Refusal('not-redrivable', 'All steps of the run have SUCCEEDED: there is nothing left to do.');
    return startGeneration(going, 'The execution does not exist.');
  }
  const { status, redriveStatus, redriveStatusReason = '', redriveCount = 0 } = execution;
  if (status === 'RUNNING') throw new Refusal('not-redrivable', 'The run is in progress. Wait until it has ended.');
  if (status === 'SUCCEEDED') throw new Refusal('not-redrivable', 'The run has SUCCEEDED: there is nothing left to do.');
  if (newGeneration) return startGeneration(going, 'It was asked for.');
  if (redriveStatus === 'REDRIVABLE') return redriveExecution(going, redriveCount + 1);
  return startGeneration(going, redriveStatusReason || 'Step Functions does not redrive the execution.');
}
