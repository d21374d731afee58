import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { type Check, StepInput, type StepName, type StepResult, stepResults } from '../../contracts/steps.ts';
import type { Actor, TenantStatus } from '../../contracts/tenant.ts';
import { commit, type Decision, type View } from './commit.ts';
import { CheckFailed, explain, InvalidInput, isThrottle, NotAllowed, Superseded, Throttled } from './errors.ts';
import { logger } from './logger.ts';
import { presentable } from './presentable.ts';
import type { StepRecord, Tenant } from './tenants.ts';

/** What a step has to do its work. */
export interface StepContext {
  /** The tenant as it was when this attempt started. */
  readonly tenant: Tenant;
  readonly input: StepInput;
  readonly step: StepName;
  /** Which attempt at the step this is; the first is 1. */
  readonly attempt: number;
  /** When this attempt started. */
  readonly startedAt: string;
}

/** What a step hands back: its result, and what of the tenant changes with it. */
export interface Outcome<Name extends StepName> {
  readonly result: StepResult<Name>;
  /** What was tried and what came of it; kept once, in the audit event. */
  readonly evidence?: readonly Check[];
  /** The fields of the tenant that change, decided on the tenant as it is at the end. May throw NotAllowed. */
  readonly change?: (view: View) => Decision<unknown>['tenant'];
  /** Further items that must change with the tenant. */
  readonly alongside?: (view: View) => NonNullable<Decision<unknown>['alongside']>;
}

export interface Step<Name extends StepName> {
  readonly name: Name;
  /** Where the tenant must be in its life; the step is refused elsewhere, so that a late redrive builds nothing for a tenant that has ended. */
  readonly during: TenantStatus | readonly TenantStatus[];
  /** The step may answer `unfinished`, and is asked again then. */
  readonly waits?: true;
  /** The run is finished with it: the tenant leaves the index of unfinished runs. */
  readonly finishes?: true;
  /** What the step is about to do outside the tables; recorded before it does it. */
  readonly intent?: (tenant: Tenant) => Record<string, string> | undefined;
  readonly run: (context: StepContext) => Promise<Outcome<Name> | Unfinished<Name>>;
}

/**
 * What a step hands back that waits for something outside: the workflow asks again later. The attempt goes on, and nothing is written until it ends, so that
 * waiting costs one read an ask.
 */
export interface Unfinished<Name extends StepName> {
  readonly unfinished: StepResult<Name>;
}

const actorOf = (name: StepName): Actor => ({ kind: 'step', id: name });

/** What every audit event of a step says of where it comes from. */
const placeOf = (name: StepName, { runId, generation }: StepInput, attempt: number) => ({
  actor: actorOf(name),
  runId,
  generation,
  step: name,
  attempt,
});

function refuseStale(tenant: Tenant, { runId, generation }: StepInput): void {
  if (tenant.run?.runId !== runId) throw new NotAllowed('The tenant has no such run.');
  if (tenant.run.generation !== generation) throw new NotAllowed(`The run is in generation ${tenant.run.generation}, and this is another.`);
}

/** Marks the step started, or finds that it is done. */
const begin = <Name extends StepName>(step: Step<Name>, input: StepInput) =>
  commit<{ done: StepRecord } | { started: StepRecord; tenant: Tenant }>(
    { tenantId: input.tenantId, step: { runId: input.runId, name: step.name } },
    ({ tenant, step: seen, now }) => {
      refuseStale(tenant, input);
      if (seen?.state === 'SUCCEEDED') return { answer: { done: seen } };
      const { runId, generation, redriveCount, retryCount } = input;
      // Asked again by the same execution, and not by a retry or a redrive: the step said that it was unfinished.
      if (
        step.waits &&
        seen?.state === 'RUNNING' &&
        seen.redriveCount === redriveCount &&
        retryCount === 0 &&
        seen.generation === generation
      )
        return { answer: { started: seen, tenant } };
      const attempt = (seen?.attempt ?? 0) + 1;
      const intent = step.intent?.(tenant);
      const started: StepRecord = {
        step: step.name,
        runId,
        generation,
        state: 'RUNNING',
        attempt,
        redriveCount,
        retryCount,
        startedAt: now,
        ...(intent ? { intent } : {}),
      };
      return {
        answer: { started, tenant },
        step: started,
        entry: {
          type: 'StepStarted',
          ...placeOf(step.name, input, attempt),
          data: { redriveCount, retryCount, ...(intent ? { intent } : {}) },
        },
      };
    },
  );

/** Records the end of the attempt that started last; an earlier one that is still alive changes nothing. */
const end = <Name extends StepName>(
  step: Step<Name>,
  input: StepInput,
  started: StepRecord,
  finish: (view: View) => Decision<StepRecord>,
) =>
  commit<StepRecord>({ tenantId: input.tenantId, step: { runId: input.runId, name: step.name } }, (view) => {
    refuseStale(view.tenant, input);
    if (view.step?.state === 'SUCCEEDED') return { answer: view.step };
    if (view.step?.attempt !== started.attempt || view.step.state !== 'RUNNING') throw new Superseded('A later attempt has taken over.');
    return finish(view);
  });

const succeed = <Name extends StepName>(step: Step<Name>, input: StepInput, started: StepRecord, outcome: Outcome<Name>) =>
  end(step, input, started, (view) => {
    const result = stepResults[step.name]().parse(outcome.result) as Record<string, unknown>;
    const record: StepRecord = { ...started, state: 'SUCCEEDED', endedAt: view.now, result };
    const changed = outcome.change?.(view);
    const tenant = step.finishes ? { ...changed, unfinishedPartition: undefined } : changed;
    return {
      answer: record,
      step: record,
      ...(tenant ? { tenant } : {}),
      ...(outcome.alongside ? { alongside: outcome.alongside(view) } : {}),
      entry: {
        type: 'StepSucceeded',
        ...placeOf(step.name, input, started.attempt),
        data: JSON.parse(
          JSON.stringify({
            result,
            ...(outcome.evidence ? { checks: outcome.evidence } : {}),
            ...(tenant?.status ? { from: view.tenant.status, to: tenant.status } : {}),
          }),
        ),
      },
    };
  });

const fail = <Name extends StepName>(step: Step<Name>, input: StepInput, started: StepRecord, error: unknown) =>
  end(step, input, started, ({ now }) => {
    const failure = explain(error);
    const record: StepRecord = { ...started, state: 'FAILED', endedAt: now, failure };
    return {
      answer: record,
      step: record,
      entry: {
        type: 'StepFailed',
        ...placeOf(step.name, input, started.attempt),
        data: {
          failure: { ...failure },
          ...(error instanceof CheckFailed && error.checks.length > 0 ? { checks: [...error.checks] } : {}),
        },
      },
    };
  });

async function perform<Name extends StepName>(step: Step<Name>, event: unknown): Promise<StepResult<Name>> {
  const parsed = StepInput.safeParse(event);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`);
    throw new InvalidInput(`${step.name} was given an input that it does not understand: ${wrong.join('; ')}`);
  }
  const input = parsed.data;
  logger.appendKeys({ tenantId: input.tenantId, runId: input.runId, generation: input.generation, step: step.name });
  const beginning = await begin(step, input);
  if ('done' in beginning) return beginning.done.result as StepResult<Name>;
  const { started, tenant } = beginning;
  try {
    if (![step.during].flat().includes(tenant.status)) throw new NotAllowed(`${step.name} is not for a tenant that is ${tenant.status}.`);
    const outcome = await step.run({ tenant, input, step: step.name, attempt: started.attempt, startedAt: started.startedAt });
    if ('unfinished' in outcome) return outcome.unfinished;
    return (await succeed(step, input, started, outcome)).result as StepResult<Name>;
  } catch (error) {
    const { class: failureClass, error: name, operation } = explain(error);
    logger.error('The step failed.', { class: failureClass, errorName: name, operation, attempt: started.attempt });
    const ended = error instanceof Superseded ? undefined : await recordFailure(() => fail(step, input, started, error));
    // The step is done all the same: a later attempt did it, or only the answer of this one's commit was lost.
    if (ended?.state === 'SUCCEEDED') return ended.result as StepResult<Name>;
    throw error;
  }
}

/**
 * The workflow must see the step's own error: that its record could not be written is logged, and found from outside by the record's age.
 * @returns the record as it is now, or undefined when it could not be written
 */
async function recordFailure(record: () => Promise<StepRecord>): Promise<StepRecord | undefined> {
  try {
    return await record();
  } catch (error) {
    logger.error('The failure could not be recorded.', { errorName: explain(error).error });
    return undefined;
  }
}

/**
 * Makes the handler of a step: parses the input, marks the step started, runs it, and commits its result in one transaction.
 * A step whose record is done answers the recorded result and touches nothing.
 */
export const stepHandler = <Name extends StepName>(step: Step<Name>) =>
  middy<unknown, StepResult<Name>>()
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .handler(async (event: unknown, _context: Context) => {
      try {
        return await perform(step, event);
      } catch (error) {
        const presented = presentable(step.name, error);
        throw isThrottle(error) ? new Throttled(presented.message) : presented;
      }
    });
