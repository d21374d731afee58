import { abortFrames } from './abort.ts';
import { CancelScope } from './cancel-scope.ts';
import type { MapState, ParallelState } from './definition.ts';
import { unexpected } from './expressions.ts';
import { type Frame, newFrame } from './frame.ts';
import type { Json } from './json.ts';
import { bindingsOf, type Exit, type RunFrame, type StateWork, withResult } from './state-work.ts';
import { limitedText } from './states-error.ts';

/** An inline Map runs no more iterations at a time, whatever it asks for: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html */
const mostConcurrentIterations = 40;

/** https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html */
export async function attemptParallel(work: StateWork<ParallelState>, runFrame: RunFrame): Promise<Exit> {
  const { run, frame, scope, state } = work;
  const bindings = bindingsOf(work);
  const { evaluator } = run.services;
  const input = state.Arguments === undefined ? frame.input : await evaluator.evaluate(state.Arguments, bindings, 'Arguments');
  limitedText(input, `What the Arguments of the state '${frame.stateName}' yield`);
  scope.assertLive();
  run.record(frame, 'ParallelStateStarted');
  frame.children ??= state.Branches.map((branch) => newFrame(branch, input, frame));
  const result = await runChildren(work, frame.children, frame.children.length, 'ParallelState', (child, inner) =>
    runFrame(run, child, inner),
  );
  return { bindings: withResult(bindings, result), outcome: state, defaultOutput: result, next: state.Next };
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html */
export async function attemptMap(work: StateWork<MapState>, runFrame: RunFrame): Promise<Exit> {
  const { run, frame, scope, state } = work;
  const bindings = bindingsOf(work);
  const { evaluator } = run.services;
  const asked =
    state.MaxConcurrency === undefined ? 0 : await evaluator.integer(state.MaxConcurrency, bindings, 'MaxConcurrency', 0, 1_000_000);
  const children = frame.children ?? (await iterations(work));
  scope.assertLive();
  frame.children = children;
  run.record(frame, 'MapStateStarted', { length: children.length });
  const concurrency = Math.min(asked || mostConcurrentIterations, mostConcurrentIterations);
  const result = await runChildren(work, children, concurrency, 'MapState', async (child, inner) => {
    const iteration = { name: frame.stateName, index: child.item?.index };
    run.record(child, 'MapIterationStarted', iteration);
    try {
      await runFrame(run, child, inner);
    } catch (error) {
      inner.assertLive();
      run.record(child, 'MapIterationFailed', iteration);
      throw error;
    }
    inner.assertLive();
    run.record(child, 'MapIterationSucceeded', iteration);
  });
  return { bindings: withResult(bindings, result), outcome: state, defaultOutput: result, next: state.Next };
}

/** A frame for each item; the selector sees the item in `$states.context.Map.Item`. */
async function iterations({ run, frame, scope, state }: StateWork<MapState>): Promise<Frame[]> {
  const { evaluator } = run.services;
  const bindings = bindingsOf({ run, frame, scope, state });
  const items = state.Items === undefined ? frame.input : await evaluator.evaluate(state.Items, bindings, 'Items');
  if (!Array.isArray(items)) throw unexpected('Items', 'an array', items);
  const children: Frame[] = [];
  for (const [index, value] of items.entries()) {
    const child = newFrame(state.ItemProcessor, value, frame, { mapName: frame.stateName, index, value });
    if (state.ItemSelector !== undefined) {
      const context = { ...bindings.states.context, Map: { Item: { Index: index, Value: value } } };
      const selected = await evaluator.evaluate(
        state.ItemSelector,
        { ...bindings, states: { ...bindings.states, context } },
        'ItemSelector',
      );
      limitedText(selected, `What the ItemSelector of the state '${frame.stateName}' yields`);
      child.input = selected;
    }
    children.push(child);
  }
  return children;
}

/**
 * Runs the children that have not succeeded yet, so many at a time, and answers the outputs of all. The first failure stops the others at
 * once: "If any branch fails, because of an unhandled error or by transitioning to a Fail state, the entire Parallel state is considered to have failed
 * and all its branches are stopped."
 */
async function runChildren(
  { run, frame, scope }: StateWork,
  children: readonly Frame[],
  concurrency: number,
  kind: 'ParallelState' | 'MapState',
  runChild: (child: Frame, inner: CancelScope) => Promise<void>,
): Promise<Json[]> {
  const inner = new CancelScope(scope);
  const waiting = children.filter((child) => child.status !== 'SUCCEEDED');
  for (const child of waiting) child.lastEventId = frame.lastEventId;
  let failure: { readonly error: unknown } | undefined;
  const worker = async () => {
    for (let child = waiting.shift(); child && !inner.ended; child = waiting.shift()) {
      try {
        await runChild(child, inner);
      } catch (error) {
        if (inner.ended) return;
        failure = { error };
        inner.end();
        abortFrames(run, children);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, waiting.length) }, worker));
  } finally {
    inner.end();
  }
  scope.assertLive();
  frame.lastEventId = Math.max(frame.lastEventId, ...children.map((child) => child.lastEventId));
  const outputs = children.map((child) => child.input);
  try {
    if (failure) throw failure.error;
    limitedText(outputs, `The result of the state '${frame.stateName}'`);
  } catch (error) {
    run.record(frame, `${kind}Failed`);
    throw error;
  }
  run.record(frame, `${kind}Succeeded`);
  return outputs;
}
