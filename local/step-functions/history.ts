import type { Json } from './json.ts';
import { StatesError } from './states-error.ts';

/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const mostHistoryEvents = 25_000;

type Details = Record<string, unknown>;

interface StoredEvent {
  readonly id: number;
  readonly previousEventId: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly type: string;
  readonly details: Details | undefined;
}

/** An event as `GetExecutionHistory` answers it: https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  readonly type: string;
  /** The details, under the name that belongs to the type, such as `taskFailedEventDetails`. */
  readonly [details: `${string}EventDetails`]: Details;
}

/** The events of one execution, in their order; ids begin at 1 and have no gaps. */
export class History {
  readonly #events: StoredEvent[] = [];

  get length(): number {
    return this.#events.length;
  }

  /**
   * Adds an event and returns its id. Throws `States.Runtime` when only the place of the event that ends the execution is left.
   */
  append(timestamp: number, previousEventId: number, type: string, details?: Details): number {
    if (this.isFull)
      throw new StatesError('States.Runtime', `The execution reached the maximum number of history events (${mostHistoryEvents}).`);
    return this.appendLast(timestamp, previousEventId, type, details);
  }

  /** Adds the event that ends an execution, for which a place is always kept. */
  appendLast(timestamp: number, previousEventId: number, type: string, details?: Details): number {
    const id = this.#events.length + 1;
    this.#events.push({ id, previousEventId, timestamp, type, details });
    return id;
  }

  /** Whether only the event that ends the execution still fits. */
  get isFull(): boolean {
    return this.#events.length >= mostHistoryEvents - 1;
  }

  /** The events of these ids, both included, as AWS writes them. */
  between(firstId: number, lastId: number, includeExecutionData: boolean): HistoryEvent[] {
    return this.#events.slice(Math.max(0, firstId - 1), Math.max(0, lastId)).map((event) => wireForm(event, includeExecutionData));
  }

  /** All events, for a caller in the same process. */
  all(): HistoryEvent[] {
    return this.between(1, this.length, true);
  }
}

/** A payload in an event's details, beside which AWS says whether it was cut off; ours never is. */
export function payload(name: 'input' | 'output', text: string): Details {
  return { [name]: text, [`${name}Details`]: { truncated: false } };
}

/** The variables that a state assigned, each as JSON text. */
export function assignedVariables(assigned: Readonly<Record<string, Json>>): Details {
  const names = Object.keys(assigned);
  if (names.length === 0) return {};
  return {
    assignedVariables: Object.fromEntries(names.map((name) => [name, JSON.stringify(assigned[name])])),
    assignedVariablesDetails: { truncated: false },
  };
}

const dataFields = new Set([
  'input',
  'inputDetails',
  'output',
  'outputDetails',
  'parameters',
  'assignedVariables',
  'assignedVariablesDetails',
]);

function wireForm({ timestamp, details, ...event }: StoredEvent, includeExecutionData: boolean): HistoryEvent {
  const wire = { ...event, timestamp: timestamp / 1000 };
  if (!details) return wire;
  const shown = includeExecutionData ? details : Object.fromEntries(Object.entries(details).filter(([name]) => !dataFields.has(name)));
  return { ...wire, [detailsName(event.type)]: shown };
}

/** The states' kinds share one shape for entering and one for leaving. */
function detailsName(type: string): `${string}EventDetails` {
  if (type.endsWith('StateEntered')) return 'stateEnteredEventDetails';
  if (type.endsWith('StateExited')) return 'stateExitedEventDetails';
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
}
