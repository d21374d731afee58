import type { Json } from '../../../local/step-functions/json.ts';
import type { TaskCall } from '../../../local/step-functions/task-invoker-contract.ts';
import type { FaultCase } from './fault-case.ts';
import type { Striking } from './striking.ts';

/** The faults that befall one state in one run of the workflow, one after the other: each the first attempt after the one before it was met with. */
export class FaultSequence {
  readonly #strikings: readonly Striking[];

  constructor(strikings: readonly Striking[]) {
    this.#strikings = strikings;
  }

  /** The fault that befell the state last. */
  get latest(): Striking | undefined {
    return this.#strikings.findLast(({ struck }) => struck);
  }

  /** The faults that never came to it, because the state was left before, or made another call at their place. */
  get spared(): FaultCase[] {
    return this.#strikings.filter(({ struck }) => !struck).map(({ faultCase }) => faultCase);
  }

  /** The calls of the first attempt after the last fault. */
  get repair(): readonly string[] {
    return this.#strikings.at(-1)?.repair ?? [];
  }

  async invoke(payload: Json, call: TaskCall): Promise<Json> {
    const next = this.#strikings.findIndex(({ over }) => !over);
    const place = next < 0 ? this.#strikings.length - 1 : next;
    try {
      return await (this.#strikings[place] as Striking).invoke(payload, call);
    } finally {
      // Whoever an earlier fault holds until a later attempt ended goes on now.
      for (const earlier of this.#strikings.slice(0, place)) earlier.release();
    }
  }

  /** Takes away what of another's was put before the state. @returns what is wrong with it, in words */
  async leave(restoring: boolean): Promise<string[]> {
    const problems: string[] = [];
    for (const striking of this.#strikings) problems.push(...(await striking.leave(restoring)));
    return problems;
  }

  /** Lets whoever is held go on: nothing else will. */
  release(): void {
    for (const striking of this.#strikings) striking.release();
  }
}
