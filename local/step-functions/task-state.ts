import { Stopped } from './cancel-scope.ts';
import type { TaskState } from './definition.ts';
import type { Bindings } from './expressions.ts';
import { payload } from './history.ts';
import type { Json } from './json.ts';
import { bindingsOf, type Exit, type StateWork, withResult } from './state-work.ts';
import { limitedText, StatesError, toStatesError } from './states-error.ts';
import { parseTaskResource, type TaskResource } from './task-resource.ts';

/** The longest that AWS lets a task take: three years, and so no limit where nothing is said. */
const longestSeconds = 99_999_999;

/** One attempt of a Task state. https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html */
export async function attemptTask(work: StateWork<TaskState>): Promise<Exit> {
  const { run, frame, scope, state } = work;
  const resource = parseTaskResource(state.Resource);
  // Each attempt has a token of its own, so that a late answer to an earlier attempt finds its task closed.
  const token = resource.pattern === 'waitForTaskToken' ? run.services.tokens.issue(run.execution.stateMachine.arn) : undefined;
  const bindings = bindingsOf(work, token);
  const task = await prepare(work, resource, bindings, token);
  scope.assertLive();
  const kind = { resourceType: resource.resourceType, resource: resource.resourceName };
  run.record(frame, 'TaskScheduled', {
    ...kind,
    region: regionOf(run.execution.arn),
    parameters: task.parametersText,
    ...(task.timeoutSeconds === undefined ? {} : { timeoutInSeconds: task.timeoutSeconds }),
    ...(task.heartbeatSeconds === undefined ? {} : { heartbeatInSeconds: task.heartbeatSeconds }),
  });
  run.record(frame, 'TaskStarted', kind);
  let result: Json;
  let outputText: string;
  try {
    result = await outcomeOf(work, task);
    scope.assertLive();
    outputText = limitedText(result, `The result of '${state.Resource}'`);
  } catch (error) {
    scope.assertLive();
    const failure = toStatesError(error);
    const timedOut = failure.name === 'States.Timeout' || failure.name === 'States.HeartbeatTimeout';
    run.record(frame, timedOut ? 'TaskTimedOut' : 'TaskFailed', {
      ...kind,
      error: failure.name,
      ...(failure.reason ? { cause: failure.reason } : {}),
    });
    throw failure;
  }
  run.record(frame, 'TaskSucceeded', { ...kind, ...payload('output', outputText) });
  return { bindings: withResult(bindings, result), outcome: state, defaultOutput: result, next: state.Next };
}

/** The fourth part of an ARN. */
function regionOf(arn: string): string {
  return arn.split(':')[3] ?? '';
}

interface PreparedTask {
  readonly resource: TaskResource;
  readonly parameters: Json;
  readonly parametersText: string;
  readonly timeoutSeconds: number | undefined;
  readonly heartbeatSeconds: number | undefined;
  readonly token: string | undefined;
}

async function prepare(
  work: StateWork<TaskState>,
  resource: TaskResource,
  bindings: Bindings,
  token: string | undefined,
): Promise<PreparedTask> {
  const { run, frame, state } = work;
  const { evaluator } = run.services;
  const parameters = state.Arguments === undefined ? frame.input : await evaluator.evaluate(state.Arguments, bindings, 'Arguments');
  const parametersText = limitedText(parameters, `What the Arguments of the state '${frame.stateName}' yield`);
  const seconds = (name: 'TimeoutSeconds' | 'HeartbeatSeconds') => {
    const value = state[name];
    return value === undefined ? undefined : evaluator.integer(value, bindings, name, 1, longestSeconds);
  };
  const timeoutSeconds = await seconds('TimeoutSeconds');
  return { resource, parameters, parametersText, timeoutSeconds, heartbeatSeconds: await seconds('HeartbeatSeconds'), token };
}

/** Calls, and waits for what ends the task: its answer, its token, a timeout, or the end of the scope. */
function outcomeOf({ run, frame, scope }: StateWork<TaskState>, task: PreparedTask): Promise<Json> {
  const { clock, tokens, invoke } = run.services;
  const { execution } = run;
  const call = new AbortController();
  return new Promise<Json>((resolve, reject) => {
    const cleanups: (() => void)[] = [];
    let settled = false;
    const settle = (finish: () => void) => {
      if (settled) return;
      settled = true;
      for (const clean of cleanups) clean();
      finish();
    };
    const abandon = (error: Error) =>
      settle(() => {
        call.abort(error);
        reject(error);
      });
    const limit = (seconds: number, error: string) => clock.schedule(seconds * 1000, () => abandon(new StatesError(error, '')));

    if (task.timeoutSeconds !== undefined) cleanups.push(limit(task.timeoutSeconds, 'States.Timeout'));
    cleanups.push(scope.onEnd(() => abandon(new Stopped())));
    let heartbeat = () => {};
    if (task.heartbeatSeconds !== undefined) {
      const seconds = task.heartbeatSeconds;
      let cancel = limit(seconds, 'States.HeartbeatTimeout');
      heartbeat = () => {
        cancel();
        cancel = limit(seconds, 'States.HeartbeatTimeout');
      };
      cleanups.push(() => cancel());
    }
    if (task.token !== undefined) {
      // The call itself may still be on its way when its token comes back; it is left to end by itself.
      const waiter = {
        succeed: (output: Json) => settle(() => resolve(output)),
        fail: (error: StatesError) => settle(() => reject(error)),
        heartbeat: () => heartbeat(),
      };
      cleanups.push(tokens.open(task.token, waiter));
    }

    const { arn, name, redriveCount, stateMachine } = execution;
    const answer = async () =>
      invoke({
        resource: task.resource,
        arguments: task.parameters,
        execution: { arn, name, stateMachineArn: stateMachine.arn, redriveCount },
        stateName: frame.stateName,
        signal: call.signal,
        submitted,
      });
    answer().then(
      (result) => {
        if (task.token === undefined) settle(() => resolve(result));
        else submitted(result);
      },
      (error: unknown) => settle(() => reject(toStatesError(error))),
    );

    /** The call was taken; what ends the task is still to come. */
    function submitted(result: Json): void {
      if (settled) return;
      const kind = { resourceType: task.resource.resourceType, resource: task.resource.resourceName };
      try {
        run.record(frame, 'TaskSubmitted', { ...kind, ...payload('output', JSON.stringify(result)) });
      } catch (error) {
        settle(() => reject(toStatesError(error)));
      }
    }
  });
}
