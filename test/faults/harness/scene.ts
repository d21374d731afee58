import type { RunInput, WorkflowName } from '../../../contracts/steps.ts';
import { executionArn, executionName, workflowOf } from '../../../lambdas/shared/executions.ts';
import { Engine } from '../../../local/step-functions/engine.ts';
import type { Execution, StateMachine } from '../../../local/step-functions/execution.ts';
import type { Json, JsonObject } from '../../../local/step-functions/json.ts';
import { type RandomSource, seededRandom, uuid } from '../../../local/step-functions/random.ts';
import { StatesError } from '../../../local/step-functions/states-error.ts';
import type { StatusChange } from '../../../local/step-functions/status-change.ts';
import type { TaskCall } from '../../../local/step-functions/task-invoker-contract.ts';
import { VirtualClock } from '../../../local/step-functions/virtual-clock.ts';
import type { Strangers } from '../strangers/strangers.ts';
import type { DeployedFunction } from './functions.ts';
import { type CallDirector, LambdaProcess, undisturbed } from './lambda-process.ts';
import type { PaymentsDesk } from './payments-desk.ts';
import type { Sessions } from './role-sessions.ts';
import { runAs, runAsHarness } from './sdk-calls.ts';
import type { SiloWatch } from './silo-watch.ts';
import { stepFunctionsOf } from './step-functions.ts';
import type { Next } from './wire.ts';

/** What scenes play on: the deployment. */
export interface Stage {
  readonly functions: ReadonlyMap<string, DeployedFunction>;
  readonly sessions: Sessions;
  readonly workflows: Readonly<Record<WorkflowName, StateMachine>>;
  readonly desk: PaymentsDesk;
  readonly silos: SiloWatch;
  readonly strangers: Strangers;
}

/** Decides what comes of a Task's call of its function; by default it is made, once. */
export type Invoker = (functionName: string, payload: Json, call: TaskCall) => Promise<Json>;

/** What a scene can be given beyond chance: when it begins, in milliseconds since the epoch, where its ids come from, and who hears of each end of an execution. */
export interface SceneOptions {
  readonly startsAt?: number;
  readonly newId?: () => string;
  readonly onStatusChange?: (change: StatusChange) => void;
}

/** Steps that have CloudFormation make or delete something, or wait until it has. */
const asksCloudFormation: readonly string[] = ['DeploySilo', 'EmptySilo', 'DeleteSilo'];

const context = { functionName: 'faults', awsRequestId: 'faults', memoryLimitInMB: '256', invokedFunctionArn: 'arn:aws:lambda:faults' };

/** Some tenants' life on a clock of their own: the workflow by our engine, the functions in this process, AWS by the local stack. */
export class Scene {
  readonly clock: VirtualClock;
  readonly engine: Engine;
  readonly stage: Stage;
  readonly #director: CallDirector;
  readonly #random: RandomSource;
  readonly #newId: () => string;
  readonly #stepFunctions: (ask: Next) => Next;

  constructor(
    stage: Stage,
    seed: number,
    director: CallDirector,
    invoker?: Invoker,
    { startsAt = Date.now(), newId, onStatusChange = () => {} }: SceneOptions = {},
  ) {
    this.stage = stage;
    this.#director = director;
    this.#random = seededRandom(seed);
    this.#newId = newId ?? (() => uuid(this.#random));
    this.clock = new VirtualClock(startsAt);
    const invoke = invoker ?? ((name: string, payload: Json) => this.invoke(name, payload));
    this.engine = new Engine({
      clock: this.clock,
      random: this.#random,
      onStatusChange,
      invoke: async (call) => {
        const { FunctionName, Payload } = call.arguments as { FunctionName: string; Payload: JsonObject };
        return { StatusCode: 200, ExecutedVersion: '$LATEST', Payload: await invoke(this.#named(FunctionName).name, Payload, call) };
      },
    });
    this.#stepFunctions = stepFunctionsOf(this.engine, this.clock, Object.values(stage.workflows));
  }

  /** Starts the run's workflow, and does not wait for it. */
  start(input: RunInput): Execution {
    return this.engine.start({ stateMachine: this.#machineOf(input), name: executionName(input), input: JSON.stringify(input) });
  }

  /** The execution of a run's generation, which somebody has started. */
  executionOf(run: RunInput): Execution {
    return this.engine.executions.get(executionArn(this.#machineOf(run).arn, run));
  }

  /** Runs a function once, in a process of its own, as Step Functions sees it: what it throws has the name that `Retry` matches. */
  async invoke(functionName: string, payload: unknown, director: CallDirector = this.#director): Promise<Json> {
    // What CloudFormation does meanwhile takes real time, and none of the clock's: what a step asks for is there when it is asked again.
    if (asksCloudFormation.includes(functionName)) {
      const { tenantId } = payload as { tenantId: string };
      await this.clock.track(runAsHarness(() => this.stage.silos.settled(tenantId)));
    }
    try {
      return (await this.call(functionName, payload, director)) as Json;
    } catch (error) {
      throw thrownByLambda(error);
    }
  }

  /** Runs a function once, and answers or throws as its code does. */
  async call(functionName: string, payload: unknown, director: CallDirector = this.#director): Promise<unknown> {
    const process = new LambdaProcess(functionName, this.clock, director);
    return process.run(() => this.#runIn(process, functionName, payload));
  }

  /** Runs code of the harness's as a function, undisturbed. */
  as<Answer>(functionName: string, code: () => Promise<Answer>): Promise<Answer> {
    const process = new LambdaProcess(functionName, this.clock, undisturbed);
    return process.run(() => this.#runCode(process, functionName, code));
  }

  #runIn(process: LambdaProcess, functionName: string, payload: unknown): Promise<unknown> {
    return this.#runCode(process, functionName, () => this.#named(functionName).handler(payload, context));
  }

  async #runCode<Answer>(process: LambdaProcess, functionName: string, code: () => Promise<Answer>): Promise<Answer> {
    const { environment, roleArn, name } = this.#named(functionName);
    const session = await this.stage.sessions.of(roleArn, name);
    const as = {
      process,
      environment,
      session,
      random: () => this.#random.number(),
      newId: this.#newId,
      stepFunctions: this.#stepFunctions,
      invoke: (arn: string, request: unknown) => this.#invokedBy(process, arn, request),
    };
    return runAs(as, code);
  }

  /** A function that is invoked by another has its own role and environment; its calls are numbered among the caller's. */
  async #invokedBy(process: LambdaProcess, arn: string, payload: unknown): Promise<object> {
    try {
      const answer = await this.#runIn(process, arn, payload);
      return { StatusCode: 200, Payload: Buffer.from(JSON.stringify(answer ?? null)) };
    } catch (error) {
      const { name, message } = error as Error;
      return {
        StatusCode: 200,
        FunctionError: 'Unhandled',
        Payload: Buffer.from(JSON.stringify({ errorType: name, errorMessage: message })),
      };
    }
  }

  #machineOf(input: RunInput): StateMachine {
    return this.stage.workflows[workflowOf(input)];
  }

  #named(nameOrArn: string): DeployedFunction {
    const { functions } = this.stage;
    const found = functions.get(nameOrArn) ?? [...functions.values()].find(({ arn }) => arn === nameOrArn);
    if (!found) throw new Error(`The deployment has no function ${nameOrArn}.`);
    return found;
  }
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html: the error's name is the `errorType` that Lambda reports. */
function thrownByLambda(error: unknown): Error {
  if (!(error instanceof Error)) return new StatesError('Lambda.Unknown', String(error));
  return new StatesError(error.name, JSON.stringify({ errorType: error.name, errorMessage: error.message }));
}

/** The state that an execution stands in, or failed in. */
export const stateOf = ({ history }: Execution): string | undefined =>
  history
    .between(1, history.length, false)
    .map((event) => event['stateEnteredEventDetails']?.['name'] as string | undefined)
    .findLast((name) => name !== undefined);
