import { CancelScope, Stopped } from './cancel-scope.ts';
import type { Clock } from './clock.ts';
import type { Execution } from './execution.ts';
import type { Evaluator } from './expressions.ts';
import type { Frame } from './frame.ts';
import type { RandomSource } from './random.ts';
import type { TaskInvoker } from './task-invoker-contract.ts';
import type { TaskTokens } from './task-tokens.ts';

/** What the states of every execution share. */
export interface Services {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly evaluator: Evaluator;
  readonly tokens: TaskTokens;
  readonly invoke: TaskInvoker;
}

/** One go at an execution: the first, or a redrive. */
export class Run {
  readonly execution: Execution;
  readonly services: Services;
  readonly root: Frame;
  readonly scope = new CancelScope();

  constructor(execution: Execution, root: Frame, services: Services) {
    this.execution = execution;
    this.root = root;
    this.services = services;
  }

  /** Adds an event to the history, behind the frame's last one. */
  record(frame: Frame, type: string, details?: Record<string, unknown>): void {
    frame.lastEventId = this.execution.history.append(this.services.clock.now(), frame.lastEventId, type, details);
  }

  /** Waits so long, or until the scope ends, which throws `Stopped`. */
  sleep(milliseconds: number, scope: CancelScope): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.services.clock.schedule(milliseconds, () => {
        detach();
        resolve();
      });
      const detach = scope.onEnd(() => {
        cancel();
        reject(new Stopped());
      });
    });
  }

  /** The time as the context object and the events write it. */
  timestamp(): string {
    return new Date(this.services.clock.now()).toISOString();
  }
}
