import type { ChoiceState, FailState, PassState, SucceedState, WaitState } from './definition.ts';
import { unexpected } from './expressions.ts';
import { bindingsOf, type Exit, type StateWork } from './state-work.ts';
import { StatesError } from './states-error.ts';

/** https://docs.aws.amazon.com/step-functions/latest/dg/state-pass.html */
export function attemptPass(work: StateWork<PassState | SucceedState>): Exit {
  const next = work.state.Type === 'Pass' ? work.state.Next : undefined;
  return { bindings: bindingsOf(work), outcome: work.state, defaultOutput: work.frame.input, next };
}

/** The first rule whose condition holds leads on. https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html */
export async function attemptChoice(work: StateWork<ChoiceState>): Promise<Exit> {
  const { run, frame, scope, state } = work;
  const bindings = bindingsOf(work);
  for (const [index, rule] of state.Choices.entries()) {
    const location = `Choices[${index}]/Condition`;
    const condition = await run.services.evaluator.evaluate(rule.Condition, bindings, location);
    scope.assertLive();
    if (typeof condition !== 'boolean') throw unexpected(location, 'true or false', condition);
    if (condition) return { bindings, outcome: rule, defaultOutput: frame.input, next: rule.Next };
  }
  if (state.Default === undefined)
    throw new StatesError(
      'States.NoChoiceMatched',
      `Failed to transition out of the state '${frame.stateName}'. No choice rule matched and there is no Default.`,
    );
  return { bindings, outcome: state, defaultOutput: frame.input, next: state.Default };
}

/** A timestamp in the past ends the state at once. https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html */
export async function attemptWait(work: StateWork<WaitState>): Promise<Exit> {
  const { run, frame, scope, state } = work;
  const { clock, evaluator } = run.services;
  const bindings = bindingsOf(work);
  let milliseconds: number;
  if (state.Timestamp === undefined) {
    milliseconds = 1000 * (await evaluator.integer(state.Seconds ?? 0, bindings, 'Seconds', 0, 99_999_999));
  } else {
    milliseconds = instantOf(await evaluator.text(state.Timestamp, bindings, 'Timestamp')) - clock.now();
  }
  scope.assertLive();
  if (milliseconds > 0) await run.sleep(milliseconds, scope);
  scope.assertLive();
  return { bindings, outcome: state, defaultOutput: frame.input, next: state.Next };
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html */
export async function attemptFail(work: StateWork<FailState>): Promise<never> {
  const { evaluator } = work.run.services;
  const bindings = bindingsOf(work);
  const error = await evaluator.text(work.state.Error ?? '', bindings, 'Error');
  const cause = await evaluator.text(work.state.Cause ?? '', bindings, 'Cause');
  throw new StatesError(error, cause);
}

/** RFC 3339 with a zone, as the Amazon States Language asks for. */
const timestampForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function instantOf(text: string): number {
  const instant = timestampForm.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(instant)) throw unexpected('Timestamp', 'a timestamp such as 2026-01-31T09:00:00Z', text);
  return instant;
}
