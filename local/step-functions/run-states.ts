import type { CancelScope } from './cancel-scope.ts';
import { type Outcome, type State, stateNamed } from './definition.ts';
import { attemptMap, attemptParallel } from './fan-out-states.ts';
import { attemptChoice, attemptFail, attemptPass, attemptWait } from './flow-states.ts';
import type { Frame } from './frame.ts';
import { assignedVariables, payload } from './history.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { catcherFor, nextRetryDelay } from './retry.ts';
import type { Run } from './run.ts';
import { bindingsOf, type Exit, type StateWork } from './state-work.ts';
import { limitedText, type StatesError, toStatesError } from './states-error.ts';
import { attemptTask } from './task-state.ts';

/**
 * Runs a group of states from where its frame stands to its end; the frame's input is then the group's output.
 * Throws the `StatesError` that nothing caught, with the frame still at the state that failed, or `Stopped`.
 */
export async function runFrame(run: Run, frame: Frame, scope: CancelScope): Promise<void> {
  if (frame.status === 'SUCCEEDED') return;
  frame.status = 'RUNNING';
  try {
    for (let more = true; more; ) {
      more = await runState(run, frame, scope);
      scope.assertLive();
    }
  } catch (error) {
    scope.assertLive();
    frame.status = 'FAILED';
    throw error;
  }
}

/** Runs the current state with its retriers and catchers. False when it was the last of its group. */
async function runState(run: Run, frame: Frame, scope: CancelScope): Promise<boolean> {
  const state = stateNamed(frame.group, frame.stateName);
  const work = { run, frame, scope, state };
  frame.enteredTime = run.timestamp();
  run.record(frame, `${state.Type}StateEntered`, { name: frame.stateName, ...payload('input', JSON.stringify(frame.input)) });
  for (;;) {
    try {
      const exit = await attempt(work);
      scope.assertLive();
      return await leave(work, exit);
    } catch (error) {
      scope.assertLive();
      const failure = toStatesError(error);
      recordEvaluationFailure(work, failure);
      // "If the state failed because of a States.DataLimitExceeded error, the Parallel state is rerun, including the branches that were successful in
      // the original execution attempt": https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
      if (failure.name === 'States.DataLimitExceeded') frame.children = undefined;
      const delay = nextRetryDelay(retriersOf(state), frame.retryCounts, failure.name, run.services.random);
      if (delay === undefined) return await leaveByCatch(work, failure);
      frame.children = undefined;
      await run.sleep(delay, scope);
      scope.assertLive();
    }
  }
}

function attempt(work: StateWork): Promise<Exit> | Exit {
  const { state } = work;
  switch (state.Type) {
    case 'Task':
      return attemptTask({ ...work, state });
    case 'Parallel':
      return attemptParallel({ ...work, state }, runFrame);
    case 'Map':
      return attemptMap({ ...work, state }, runFrame);
    case 'Choice':
      return attemptChoice({ ...work, state });
    case 'Wait':
      return attemptWait({ ...work, state });
    case 'Fail':
      return attemptFail({ ...work, state });
    case 'Pass':
    case 'Succeed':
      return attemptPass({ ...work, state });
  }
}

function retriersOf(state: State) {
  return 'Retry' in state ? state.Retry : undefined;
}

/** Hands the failure to the catcher that names it, or throws it again. */
async function leaveByCatch(work: StateWork, failure: StatesError): Promise<boolean> {
  const { state } = work;
  const catcher = catcherFor('Catch' in state ? state.Catch : undefined, failure.name);
  if (!catcher) throw failure;
  const errorOutput = { Error: failure.name, Cause: failure.reason };
  const bindings = bindingsOf(work);
  const exit = {
    bindings: { ...bindings, states: { ...bindings.states, errorOutput } },
    outcome: catcher,
    defaultOutput: errorOutput,
    next: catcher.Next,
  };
  try {
    return await leave(work, exit);
  } catch (error) {
    work.scope.assertLive();
    const second = toStatesError(error);
    recordEvaluationFailure(work, second);
    throw second;
  }
}

/**
 * Evaluates what the state hands on, and only then moves the frame on, in one go: whatever stops the frame finds it either in this state with
 * its input or behind it with its output. False when there is no state behind it.
 */
async function leave({ run, frame, scope, state }: StateWork, { bindings, outcome, defaultOutput, next }: Exit): Promise<boolean> {
  const { evaluator } = run.services;
  const output = outcome.Output === undefined ? defaultOutput : await evaluator.evaluate(outcome.Output, bindings, 'Output');
  const assigned = await evaluateAssign(run, outcome, bindings);
  scope.assertLive();
  const outputText = limitedText(output, `The output of the state '${frame.stateName}'`);
  run.record(frame, `${state.Type}StateExited`, {
    name: frame.stateName,
    ...payload('output', outputText),
    ...assignedVariables(assigned),
  });
  Object.assign(frame.variables, assigned);
  frame.input = output;
  frame.children = undefined;
  frame.retryCounts = [];
  frame.enteredTime = '';
  if (next === undefined) frame.status = 'SUCCEEDED';
  else frame.stateName = next;
  return next !== undefined;
}

/** All expressions of an `Assign` see the values from before it. https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html */
async function evaluateAssign(run: Run, outcome: Outcome, bindings: Exit['bindings']): Promise<JsonObject> {
  if (outcome.Assign === undefined) return {};
  const assigned: Json = await run.services.evaluator.evaluate(outcome.Assign, bindings, 'Assign');
  limitedText(assigned, 'What one Assign yields');
  return isJsonObject(assigned) ? assigned : {};
}

function recordEvaluationFailure({ run, frame }: StateWork, { name, reason, location }: StatesError): void {
  if (location === undefined) return;
  run.record(frame, 'EvaluationFailed', { error: name, cause: reason, location, state: frame.stateName });
}
