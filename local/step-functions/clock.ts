/** Ends what was scheduled; harmless after it ran. */
export type Cancel = () => void;

/** The engine's only source of time, so that a test can hold it still or let a year pass at once. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs the action once, after at least this many milliseconds. */
  schedule(delayMilliseconds: number, action: () => void): Cancel;
}

/** Node's timers overflow at 2^31 milliseconds (24.8 days) and would fire at once: longer delays are taken in parts. */
const longestTimerMilliseconds = 2 ** 31 - 1;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(delayMilliseconds, action) {
    const due = Date.now() + delayMilliseconds;
    let timer: NodeJS.Timeout;
    const arm = () => {
      const remaining = due - Date.now();
      if (remaining > longestTimerMilliseconds) timer = setTimeout(arm, longestTimerMilliseconds);
      else timer = setTimeout(action, Math.max(0, remaining));
    };
    arm();
    return () => clearTimeout(timer);
  },
};
