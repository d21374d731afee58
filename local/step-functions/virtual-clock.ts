import type { Cancel, Clock } from './clock.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly action: () => void;
  cancelled: boolean;
}

/**
 * A clock that moves only when told. Time stands still while work that was handed to `track` is in flight, so that real calls
 * (to a database on the same machine, say) take no virtual time.
 */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  #pending = 0;
  readonly #inFlight = new Set<Promise<unknown>>();
  /** A binary heap, the next timer first; cancelled ones leave it when their turn comes. */
  readonly #heap: Timer[] = [];

  /** @param startMilliseconds where the clock stands at first, in milliseconds since the epoch. */
  constructor(startMilliseconds = Date.UTC(2026, 0, 1)) {
    this.#now = startMilliseconds;
  }

  now(): number {
    return this.#now;
  }

  schedule(delayMilliseconds: number, action: () => void): Cancel {
    const timer = { at: this.#now + Math.max(0, delayMilliseconds), order: this.#order++, action, cancelled: false };
    this.#push(timer);
    this.#pending++;
    return () => this.#leave(timer);
  }

  /** Resolves after so much virtual time: what a handler uses in the place of a real sleep. */
  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.schedule(milliseconds, resolve);
    });
  }

  /** Holds the time still until the work is done, and answers as the work does. */
  track<T>(work: Promise<T>): Promise<T> {
    const done: Promise<unknown> = work.then(
      () => this.#inFlight.delete(done),
      () => this.#inFlight.delete(done),
    );
    this.#inFlight.add(done);
    return work;
  }

  /** How many timers wait. */
  get pendingTimers(): number {
    return this.#pending;
  }

  /** Resolves when nothing can happen any more without time passing. */
  async settle(): Promise<void> {
    for (;;) {
      // A turn of the event loop lets every chain of resolved promises run to its end.
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#inFlight.size === 0) return;
      await Promise.race(this.#inFlight);
    }
  }

  /** Lets what is possible happen, then jumps to the next timer. False when none waits. */
  async advanceToNext(): Promise<boolean> {
    await this.settle();
    const next = this.#next();
    if (!next) return false;
    this.#fire(next);
    await this.settle();
    return true;
  }

  /** Lets so many milliseconds pass, firing every timer in them in its order. */
  async advanceBy(milliseconds: number): Promise<void> {
    await this.settle();
    const until = this.#now + milliseconds;
    for (let next = this.#next(); next && next.at <= until; next = this.#next()) {
      this.#fire(next);
      await this.settle();
    }
    this.#now = until;
  }

  /** Lets time pass until nothing waits for it. */
  async runUntilIdle(): Promise<void> {
    while (await this.advanceToNext());
  }

  #next(): Timer | undefined {
    while (this.#heap[0]?.cancelled) this.#pop();
    return this.#heap[0];
  }

  #fire(timer: Timer): void {
    this.#leave(timer);
    this.#now = timer.at;
    timer.action();
  }

  #leave(timer: Timer): void {
    if (timer.cancelled) return;
    timer.cancelled = true;
    this.#pending--;
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(timer);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (!parent || isBefore(parent, timer)) break;
      heap[index] = parent;
      heap[parentIndex] = timer;
      index = parentIndex;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    heap[0] = last;
    for (let index = 0; ; ) {
      const [left, right] = [heap[2 * index + 1], heap[2 * index + 2]];
      if (!left) return;
      const smaller = right && isBefore(right, left) ? right : left;
      if (isBefore(last, smaller)) return;
      const childIndex = smaller === left ? 2 * index + 1 : 2 * index + 2;
      heap[index] = smaller;
      heap[childIndex] = last;
      index = childIndex;
    }
  }
}

/** Timers of the same time fire in the order in which they were made. */
function isBefore(one: Timer, other: Timer): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
