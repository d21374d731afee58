/** Thrown inside work whose scope has ended; nobody sees it but the code that unwinds. */
export class Stopped extends Error {
  constructor() {
    super('stopped');
    this.name = 'Stopped';
  }
}

/**
 * What is stopped together: an execution, or the branches of one Parallel or Map state. Once ended, nothing in it may write to the history or
 * to the execution: after every `await` the code in a scope calls `assertLive`.
 */
export class CancelScope {
  #ended = false;
  readonly #listeners = new Set<() => void>();
  readonly #detach: () => void;

  constructor(parent?: CancelScope) {
    this.#detach = parent ? parent.onEnd(() => this.end()) : () => {};
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Calls the listener when the scope ends; the answer takes it off again. */
  onEnd(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Throws `Stopped` if the scope has ended. */
  assertLive(): void {
    if (this.#ended) throw new Stopped();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#detach();
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }
}
