import type { Clock } from './clock.ts';
import type { Execution } from './execution.ts';
import { ServiceError } from './service-error.ts';

/** How long AWS keeps a closed execution: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const keptMilliseconds = 90 * 24 * 60 * 60 * 1000;

/** The executions by ARN and, in the order of their starts, by state machine. */
export class ExecutionStore {
  readonly #clock: Clock;
  readonly #byArn = new Map<string, Execution>();
  readonly #byStateMachine = new Map<string, Set<Execution>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(execution: Execution): void {
    this.#byArn.set(execution.arn, execution);
    const { arn } = execution.stateMachine;
    const siblings = this.#byStateMachine.get(arn) ?? new Set();
    this.#byStateMachine.set(arn, siblings.add(execution));
  }

  find(executionArn: string): Execution | undefined {
    const execution = this.#byArn.get(executionArn);
    if (!execution || !this.#isExpired(execution)) return execution;
    this.#remove(execution);
    return undefined;
  }

  /** Throws `ExecutionDoesNotExist`. */
  get(executionArn: string): Execution {
    const execution = this.find(executionArn);
    if (!execution) throw new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${executionArn}'`);
    return execution;
  }

  /** A state machine's executions, the newest first. */
  ofStateMachine(stateMachineArn: string): Execution[] {
    const all = [...(this.#byStateMachine.get(stateMachineArn) ?? [])].reverse();
    const expired = all.filter((execution) => this.#isExpired(execution));
    for (const execution of expired) this.#remove(execution);
    return expired.length === 0 ? all : all.filter((execution) => this.#byArn.has(execution.arn));
  }

  #isExpired({ stopDate }: Execution): boolean {
    return stopDate !== undefined && this.#clock.now() - stopDate > keptMilliseconds;
  }

  #remove(execution: Execution): void {
    this.#byArn.delete(execution.arn);
    this.#byStateMachine.get(execution.stateMachine.arn)?.delete(execution);
  }
}
