/** Calls go through together, until somebody needs what all share for one call alone. */
export class Door {
  readonly #under = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  /** Makes a call, when the door is open. */
  async through<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    while (this.#closed) await this.#closed;
    const made = call();
    this.#under.add(made);
    return made.finally(() => this.#under.delete(made));
  }

  /** Closes the door once nobody has it closed, and waits for the calls that went through. @returns what opens it again */
  async close(): Promise<() => void> {
    while (this.#closed) await this.#closed;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closed = promise;
    await Promise.allSettled([...this.#under]);
    return () => {
      this.#closed = undefined;
      resolve();
    };
  }
}

/** The one of this process, which has one local stack. */
export const door = new Door();
