import { type FaultCase, runOf } from './fault-case.ts';

/** So many faults befall one state in a pack, one after the other. */
const mostOfAState = 10;

/** After these the attempt usually succeeds all the same, and then nothing after them can befall the state. */
const mild: readonly FaultCase['fault'][] = [
  'sent-twice',
  'conflict',
  'overtaken',
  'invoked-twice',
  'invoked-at-once',
  'stale-duplicate',
  'forestalled',
];

/** Each is its state's only one in a pack. */
const alone: readonly FaultCase['fault'][] = ['failed-as', 'occupied'];

interface Waiting {
  /** Those that another fault before them kept from striking. */
  readonly first: FaultCase[];
  readonly harsh: FaultCase[];
  readonly mild: FaultCase[];
  /** They use the state's Retry up, so that it mends nothing before or after them; or what stays is another's. */
  readonly alone: FaultCase[];
}

/** Hands out cases in packs, each for one tenant: several of every state, and of every state's all that fit one after the other. */
export class Packs {
  readonly #runs = new Map<string, Map<string, Waiting>>();

  constructor(cases: readonly FaultCase[]) {
    for (const each of cases)
      this.#waitingOf(each)[mild.includes(each.fault) ? 'mild' : alone.includes(each.fault) ? 'alone' : 'harsh'].push(each);
  }

  /** The next pack, or undefined when nothing waits. */
  next(): FaultCase[] | undefined {
    for (const states of this.#runs.values()) {
      const pack = [...states.values()].flatMap(takeFrom);
      if (pack.length > 0) return pack;
    }
    return undefined;
  }

  /** Takes back a case that never struck: it comes first of its state in a later pack. */
  putBack(spared: FaultCase): void {
    this.#waitingOf(spared).first.push(spared);
  }

  #waitingOf(each: FaultCase): Waiting {
    const { state } = each;
    // What is left of a tenant that met with another's things is looked at in another way.
    const run = `${runOf(each)}${each.fault === 'occupied' ? '/occupied' : ''}`;
    const states = this.#runs.get(run) ?? new Map<string, Waiting>();
    this.#runs.set(run, states);
    const waiting = states.get(state) ?? { first: [], harsh: [], mild: [], alone: [] };
    states.set(state, waiting);
    return waiting;
  }
}

function takeFrom({ first, harsh, mild: last, alone: single }: Waiting): FaultCase[] {
  const taken = first.splice(0, 1);
  // One that was spared before may let its attempt succeed, so nothing is to follow a mild one.
  if (taken[0] && [...mild, ...alone].includes(taken[0].fault)) return taken;
  taken.push(...harsh.splice(0, mostOfAState - 1 - taken.length));
  taken.push(...last.splice(0, 1));
  return taken.length > 0 ? taken : single.splice(0, 1);
}
