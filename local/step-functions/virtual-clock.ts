import type { Cancel, Clock } from './clock.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly action: () => void;
}

/**
 * A clock that moves only when told. Time stands still while work that was handed to `track` is in flight, so that real calls
 * (a database on the same machine, say) take no virtual time.
 */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  #inFlight = 0;
  readonly #timers = new Set<Timer>();

  /** @param startMilliseconds where the clock stands at first, in milliseconds since the epoch. */
  constructor(startMilliseconds = Date.UTC(2026, 0, 1)) {
    this.#now = startMilliseconds;
  }

  now(): number {
    return this.#now;
  }

  schedule(delayMilliseconds: number, action: () => void): Cancel {
    const timer = { at: this.#now + Math.max(0, delayMilliseconds), order: this.#order++, action };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Resolves after so much virtual time: what a handler uses in the place of a real sleep. */
  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.schedule(milliseconds, resolve));
  }

  /** Holds the time still until the work is done. */
  async track<T>(work: Promise<T>): Promise<T> {
    this.#inFlight++;
    try {
      return await work;
    } finally {
      this.#inFlight--;
    }
  }

  /** How many timers wait. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Resolves when nothing can happen any more without time passing. */
  async settle(): Promise<void> {
    // A turn of the event loop lets every chain of resolved promises run to its end.
    do await new Promise((resolve) => setImmediate(resolve));
    while (this.#inFlight > 0);
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
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (!next || timer.at < next.at || (timer.at === next.at && timer.order < next.order)) next = timer;
    }
    return next;
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    this.#now = timer.at;
    timer.action();
  }
}
