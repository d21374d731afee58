import { abortFrames } from './abort.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Execution, ExecutionStatus, StateMachine } from './execution.ts';
import { ExecutionStore } from './execution-store.ts';
import { Evaluator } from './expressions.ts';
import { newFrame, resumedFrame } from './frame.ts';
import { History, payload } from './history.ts';
import { exceedsDataLimit, type Json } from './json.ts';
import { type RandomSource, systemRandom, uuid } from './random.ts';
import { notRedrivableReason, redriveByToken, rememberRedriveToken } from './redrive.ts';
import { Run, type Services } from './run.ts';
import { runFrame } from './run-states.ts';
import { ServiceError } from './service-error.ts';
import { toStatesError } from './states-error.ts';
import { type StatusChange, statusChangeOf } from './status-change.ts';
import type { TaskInvoker } from './task-invoker-contract.ts';
import { TaskTokens } from './task-tokens.ts';

export interface EngineOptions {
  readonly invoke: TaskInvoker;
  /** The machine's own time where none is given. */
  readonly clock?: Clock;
  /** Unguessable where none is given. */
  readonly random?: RandomSource;
  /** Told of each change of an execution's status, at once and in order. It must not throw. */
  readonly onStatusChange?: (change: StatusChange) => void;
}

export interface StartRequest {
  readonly stateMachine: StateMachine;
  /** A UUID where none is given. */
  readonly name?: string | undefined;
  /** JSON text; `{}` where none is given. */
  readonly input?: string | undefined;
}

/** Runs state machines as Step Functions runs those of type STANDARD, in this process. */
export class Engine {
  readonly executions: ExecutionStore;
  readonly #services: Services;
  readonly #onStatusChange: (change: StatusChange) => void;
  /** The runs in progress, and what resolves when their execution ends. */
  readonly #runs = new Map<Execution, { readonly run: Run; readonly ended: (() => void)[]; cancelTimeout: () => void }>();

  constructor({ invoke, clock = systemClock, random = systemRandom, onStatusChange = () => {} }: EngineOptions) {
    this.#services = { clock, random, invoke, evaluator: new Evaluator(clock, random), tokens: new TaskTokens(random) };
    this.#onStatusChange = onStatusChange;
    this.executions = new ExecutionStore(clock);
  }

  get tokens(): TaskTokens {
    return this.#services.tokens;
  }

  /**
   * Starts an execution. The same name and input while it runs answer the same execution.
   * Throws `ExecutionAlreadyExists`, `InvalidExecutionInput` or `ValidationException`.
   * https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
   */
  start({ stateMachine, name = uuid(this.#services.random), input = '{}' }: StartRequest): Execution {
    const arn = `${stateMachine.arn.replace(':stateMachine:', ':execution:')}:${name}`;
    const existing = this.executions.find(arn);
    if (existing) {
      if (existing.status === 'RUNNING' && existing.inputText === input) return existing;
      throw new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    }
    if (exceedsDataLimit(input))
      throw new ServiceError('ValidationException', "Value at 'input' failed to satisfy constraint: at most 262144 bytes");
    const execution: Execution = {
      arn,
      name,
      stateMachine,
      input: parseInput(input),
      inputText: input,
      startDate: this.#services.clock.now(),
      history: new History(),
      status: 'RUNNING',
      stopDate: undefined,
      outputText: undefined,
      error: undefined,
      cause: undefined,
      redriveCount: 0,
      redriveDate: undefined,
      resumeFrom: undefined,
      redriveTokens: [],
    };
    this.executions.add(execution);
    execution.history.append(execution.startDate, 0, 'ExecutionStarted', {
      ...payload('input', input),
      roleArn: stateMachine.roleArn,
      ...(stateMachine.versionArn ? { stateMachineVersionArn: stateMachine.versionArn } : {}),
      ...(stateMachine.aliasArn ? { stateMachineAliasArn: stateMachine.aliasArn } : {}),
    });
    this.#run(new Run(execution, newFrame(stateMachine.definition, execution.input), this.#services));
    return execution;
  }

  /**
   * Goes on with an unsuccessful execution from where it failed, and answers the date of the redrive. The same client token answers the same date.
   * Throws `ExecutionDoesNotExist` or `ExecutionNotRedrivable`.
   * https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
   */
  redrive(executionArn: string, clientToken?: string): { readonly redriveDate: number } {
    const execution = this.executions.get(executionArn);
    const now = this.#services.clock.now();
    const repeated = clientToken === undefined ? undefined : redriveByToken(execution, clientToken, now);
    if (repeated !== undefined) return { redriveDate: repeated };
    const reason = notRedrivableReason(execution, now);
    if (reason !== undefined || !execution.resumeFrom)
      throw new ServiceError('ExecutionNotRedrivable', reason ?? 'Execution cannot be redriven');
    if (clientToken !== undefined) rememberRedriveToken(execution, clientToken, now);
    const root = resumedFrame(execution.resumeFrom);
    execution.redriveCount++;
    execution.redriveDate = now;
    execution.status = 'RUNNING';
    execution.stopDate = undefined;
    execution.error = undefined;
    execution.cause = undefined;
    execution.resumeFrom = undefined;
    const run = new Run(execution, root, this.#services);
    root.lastEventId = execution.history.append(now, execution.history.length, 'ExecutionRedriven', {
      redriveCount: execution.redriveCount,
    });
    this.#run(run);
    return { redriveDate: now };
  }

  /**
   * Stops an execution that runs; one that has ended stays as it is. Answers the stop date.
   * https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html
   */
  stop(executionArn: string, error?: string, cause?: string): { readonly stopDate: number } {
    const execution = this.executions.get(executionArn);
    const active = this.#runs.get(execution);
    if (active) this.#finish(active.run, 'ABORTED', 'ExecutionAborted', { error, cause });
    return { stopDate: execution.stopDate ?? this.#services.clock.now() };
  }

  /** Resolves with the execution once it does not run any more. Throws `ExecutionDoesNotExist`. */
  async whenEnded(executionArn: string): Promise<Execution> {
    const execution = this.executions.get(executionArn);
    const active = this.#runs.get(execution);
    if (active) await new Promise<void>((resolve) => active.ended.push(resolve));
    return execution;
  }

  /** Stops all work without a word in any history, as the end of the process would; timers and calls are let go. */
  close(): void {
    for (const { run, cancelTimeout } of this.#runs.values()) {
      cancelTimeout();
      run.scope.end();
    }
    this.#runs.clear();
  }

  #run(run: Run): void {
    const { execution, services } = run;
    const { TimeoutSeconds } = execution.stateMachine.definition;
    const cancelTimeout =
      TimeoutSeconds === undefined
        ? () => {}
        : services.clock.schedule(TimeoutSeconds * 1000, () =>
            this.#finish(run, 'TIMED_OUT', 'ExecutionTimedOut', { error: 'States.Timeout' }),
          );
    this.#runs.set(execution, { run, ended: [], cancelTimeout });
    this.#notify(execution);
    runFrame(run, run.root, run.scope).then(
      () => this.#finish(run, 'SUCCEEDED', 'ExecutionSucceeded', {}),
      (error: unknown) => {
        if (run.scope.ended) return;
        const { name, reason } = toStatesError(error);
        this.#finish(run, 'FAILED', 'ExecutionFailed', { error: name || undefined, cause: reason || undefined });
      },
    );
  }

  #finish(run: Run, status: ExecutionStatus, type: string, failure: { error?: string | undefined; cause?: string | undefined }): void {
    const { execution, root, scope } = run;
    const active = this.#runs.get(execution);
    if (active?.run !== run) return;
    active.cancelTimeout();
    abortFrames(run, [root]);
    scope.end();
    this.#runs.delete(execution);
    execution.status = status;
    execution.stopDate = this.#services.clock.now();
    execution.error = failure.error;
    execution.cause = failure.cause;
    if (status === 'SUCCEEDED') execution.outputText = JSON.stringify(root.input);
    else execution.resumeFrom = root;
    const details = execution.outputText === undefined ? withoutAbsent(failure) : payload('output', execution.outputText);
    execution.history.appendLast(execution.stopDate, root.lastEventId, type, details);
    this.#notify(execution);
    for (const resolve of active.ended) resolve();
  }

  #notify(execution: Execution): void {
    this.#onStatusChange(statusChangeOf(execution, this.#services.clock.now()));
  }
}

function parseInput(text: string): Json {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ServiceError(
      'InvalidExecutionInput',
      `Invalid State Machine Execution Input: '${error instanceof Error ? error.message : error}'`,
    );
  }
}

function withoutAbsent(failure: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(failure).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
