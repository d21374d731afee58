import { expect } from '@jest/globals';
import type { StateMachineDefinition, TaskState } from '../../../../../local/step-functions/definition.ts';
import { parseDefinition } from '../../../../../local/step-functions/definition-validation.ts';
import { Engine } from '../../../../../local/step-functions/engine.ts';
import type { Execution, StateMachine } from '../../../../../local/step-functions/execution.ts';
import type { HistoryEvent } from '../../../../../local/step-functions/history.ts';
import type { Json, JsonObject } from '../../../../../local/step-functions/json.ts';
import { type RandomSource, seededRandom } from '../../../../../local/step-functions/random.ts';
import { StatesError } from '../../../../../local/step-functions/states-error.ts';
import type { StatusChange } from '../../../../../local/step-functions/status-change.ts';
import type { TaskCall } from '../../../../../local/step-functions/task-invoker-contract.ts';
import { VirtualClock } from '../../../../../local/step-functions/virtual-clock.ts';

/** What a step answers; by default it adds one to `v`. */
export type Behaviour = (payload: JsonObject, call: TaskCall) => Json | Promise<Json>;

export interface Call {
  readonly step: string;
  readonly payload: JsonObject;
  readonly signal: AbortSignal;
  /** When the call was made, in milliseconds since the start of the world. */
  readonly at: number;
}

const startOfTime = Date.UTC(2026, 0, 1);

/** An engine on a virtual clock, with functions that are told how to behave. */
export class World {
  readonly clock = new VirtualClock(startOfTime);
  readonly calls: Call[] = [];
  readonly changes: StatusChange[] = [];
  readonly engine: Engine;
  readonly #behaviours = new Map<string, Behaviour>();
  #machines = 0;

  constructor(random: RandomSource = seededRandom(1)) {
    this.engine = new Engine({
      clock: this.clock,
      random,
      invoke: (call) => this.#invoke(call),
      onStatusChange: (change) => this.changes.push(change),
    });
  }

  /** Milliseconds since the start of the world. */
  get elapsed(): number {
    return this.clock.now() - startOfTime;
  }

  /** Lets a step behave so from now on; without a behaviour it is well again. */
  let(step: string, behaviour?: Behaviour): void {
    if (behaviour) this.#behaviours.set(step, behaviour);
    else this.#behaviours.delete(step);
  }

  /** The steps called so far, in their order. */
  get steps(): string {
    return this.calls.map(({ step }) => step).join(' ');
  }

  machine(definition: object): StateMachine {
    const name = `machine-${++this.#machines}`;
    return {
      arn: `arn:aws:states:eu-central-1:000000000000:stateMachine:${name}`,
      name,
      roleArn: 'arn:aws:iam::000000000000:role/machine',
      definition: parseDefinition(JSON.stringify(definition)),
    };
  }

  start(definition: object, input: Json = { v: 0 }, name?: string): Execution {
    return this.engine.start({ stateMachine: this.machine(definition), input: JSON.stringify(input), ...(name ? { name } : {}) });
  }

  /** Runs a state machine until nothing waits for time any more. */
  async run(definition: object, input: Json = { v: 0 }): Promise<Execution> {
    const execution = this.start(definition, input);
    await this.clock.runUntilIdle();
    return execution;
  }

  /** Redrives, and runs until nothing waits for time any more. */
  async redrive({ arn }: Execution): Promise<void> {
    this.engine.redrive(arn);
    await this.clock.runUntilIdle();
  }

  async #invoke(call: TaskCall): Promise<Json> {
    const args = call.arguments as { Payload: JsonObject };
    const step = String(args.Payload['step']);
    this.calls.push({ step, payload: args.Payload, signal: call.signal, at: this.elapsed });
    const behaviour = this.#behaviours.get(step) ?? (({ v }) => ({ v: Number(v) + 1 }));
    return { Payload: await behaviour(args.Payload, call), StatusCode: 200 };
  }
}

/** A Task that calls the function of its own name with the state's input. */
export function task(step: string, next?: string, extra: Partial<TaskState> = {}): object {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: {
      FunctionName: 'worker',
      Payload: `{% $merge([$states.input, {'step': '${step}', 'redrives': $states.context.Execution.RedriveCount, 'retries': $states.context.State.RetryCount}]) %}`,
    },
    Output: '{% $states.result.Payload %}',
    ...(next ? { Next: next } : { End: true }),
    ...extra,
  };
}

/** A state machine in JSONata that begins with the first of these states. */
export function machine(states: Record<string, object>, extra: Partial<StateMachineDefinition> = {}): object {
  return { QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states, ...extra };
}

/** Four tasks in a row, A to D. The third is tried twice. */
export function chain(extra: Partial<StateMachineDefinition> = {}): object {
  const retry = [{ ErrorEquals: ['QuotaExceeded'], IntervalSeconds: 1, MaxAttempts: 1, BackoffRate: 1 }];
  return machine({ A: task('A', 'B'), B: task('B', 'C'), C: task('C', 'D', { Retry: retry }), D: task('D') }, extra);
}

/** A behaviour: fails with this error. */
export function fails(error: string, cause = 'because'): Behaviour {
  return () => {
    throw new StatesError(error, cause);
  };
}

/** A behaviour: answers after so much virtual time, whether or not anyone still listens. */
export function takes(world: World, milliseconds: number, then: Behaviour = ({ v }) => ({ v: Number(v) + 1 })): Behaviour {
  return async (payload, call) => {
    await world.clock.sleep(milliseconds);
    return then(payload, call);
  };
}

export function outputOf(execution: Execution): unknown {
  return execution.outputText === undefined ? undefined : JSON.parse(execution.outputText);
}

/** The types of an execution's events; those of states with the state's name. */
export function eventsOf(execution: Execution): string[] {
  return execution.history.all().map((event) => {
    const details = event.type.includes('StateE') ? detailsOf(event) : undefined;
    return details ? `${event.type}:${details['name']}` : event.type;
  });
}

/** The details of an event, whatever name they have. */
export function detailsOf(event: HistoryEvent | undefined): Record<string, unknown> {
  const [, details] = Object.entries(event ?? {}).find(([key]) => key.endsWith('EventDetails')) ?? [];
  return (details ?? {}) as Record<string, unknown>;
}

export function eventsOfType(execution: Execution, type: string): HistoryEvent[] {
  return execution.history.all().filter((event) => event.type === type);
}

/** Ids without gaps, each event behind one that came before, time never going back. */
export function expectWellFormed(execution: Execution): void {
  const events = execution.history.all();
  expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
  expect(events.filter(({ id, previousEventId }) => previousEventId >= id)).toEqual([]);
  const times = events.map(({ timestamp }) => timestamp);
  expect(times).toEqual([...times].sort((one, other) => one - other));
}
