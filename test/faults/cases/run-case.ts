import type { RunInput, StepName } from '../../../contracts/steps.ts';
import { commit } from '../../../lambdas/shared/commit.ts';
import type { Tenant } from '../../../lambdas/shared/tenants.ts';
import type { Execution } from '../../../local/step-functions/execution.ts';
import type { Json } from '../../../local/step-functions/json.ts';
import { StatesError } from '../../../local/step-functions/states-error.ts';
import { confirm, giveUp, headOf, onboardInputOf, type Subject, signUp, signUpByTheSameKey } from '../harness/customer.ts';
import { type AwsCall, type CallDirector, served, undisturbed } from '../harness/lambda-process.ts';
import { Scene, type Stage, stateOf } from '../harness/scene.ts';
import { claimsOf } from '../strangers/claims.ts';
import { type FaultCase, idOf, type Workflow } from './fault-case.ts';
import { FaultSequence } from './fault-sequence.ts';
import { notInvoked, Striking } from './striking.ts';

/** One tenant, from its signup until it is ACTIVE or was given up. */
export interface Life {
  readonly scene: Scene;
  readonly subject: Subject;
  /** What it was before its onboarding was given up, if that is what is played. */
  readonly undone?: Tenant;
}

/** How a run of the workflow went, whatever befell it. */
export interface Played extends Life {
  /** Of the last tenant: those before it were given up. */
  readonly executions: readonly Execution[];
  /** Every call that began, in its order; without those of the steps that something befell. */
  readonly calls: readonly AwsCall[];
  /** The calls of the first attempt after the fault of each state. */
  readonly repair: readonly string[];
  /** The faults that never befell it. */
  readonly spared: readonly FaultCase[];
  /** What was not as it must be, in words; of the last tenant, the stores have not been looked at yet. */
  readonly wrong: readonly string[];
}

/** What goes on around the workflow. */
export interface Surroundings {
  /** Has the worker of billing take what its queue has for a tenant. */
  settle(life: Life): Promise<void>;
  /** @returns what is left of a tenant that was given up and must not be, in words */
  leftovers(life: Life): Promise<readonly string[]>;
}

/** A little less than a step's function may run: lib/step.ts. */
const functionMilliseconds = 19_000;

/** A step that waits is visited a few times, and one that ten faults befall, one after the other, some hundred times. */
const mostVisits = 500;

/** How a step fails that finds what is another's instead of its own; what undoes leaves that alone. */
const refusals = ['Conflict', 'CheckFailed'];

/** What the definitions never retry. */
const permanent = ['InvalidInput', 'Conflict', 'NotAllowed', 'CheckFailed'];

/** Runs a workflow while faults befall it, to its end. */
class Play {
  readonly #stage: Stage;
  readonly #of: Workflow;
  readonly #around: Surroundings;
  readonly #scene: Scene;
  readonly #sequences: ReadonlyMap<string, FaultSequence>;
  readonly #calls: AwsCall[] = [];
  readonly #wrong: string[] = [];
  #subject: Subject | undefined;
  #undone: Tenant | undefined;
  /** The step that nobody can invoke. */
  #unreachable: string | undefined;
  #executions: Execution[] = [];
  readonly #visits = new Map<string, number>();

  constructor(stage: Stage, of: Workflow, faults: readonly FaultCase[], seed: number, around: Surroundings) {
    this.#stage = stage;
    this.#of = of;
    this.#around = around;
    const payloads = new Map<string, Json>();
    const clean: CallDirector = {
      ...undisturbed,
      treat: (call) => {
        this.#calls.push(call);
        return served;
      },
    };
    this.#sequences = new Map(
      [...Map.groupBy([...interruptionOf(of), ...faults], ({ state }) => state)].map(([state, ofState]) => [
        state,
        new FaultSequence(ofState.map((fault) => new Striking(fault, () => this.#scene, payloads, stage.strangers))),
      ]),
    );
    this.#scene = new Scene(stage, seed, clean, (name, payload, call) => {
      payloads.set(name, payload);
      this.#visit(name);
      if (name === this.#unreachable) throw notInvoked();
      return this.#sequences.get(name)?.invoke(payload, call) ?? this.#scene.invoke(name, payload);
    });
  }

  /** A step that comes to no end is ended, by an error that is not retried. */
  #visit(step: string): void {
    const visits = (this.#visits.get(step) ?? 0) + 1;
    this.#visits.set(step, visits);
    if (visits > mostVisits) throw new StatesError('NotAllowed', `It was invoked ${visits} times, and comes to no end.`);
  }

  async run(most: number): Promise<Played> {
    await this.#begin();
    for (let repaired = 0; repaired <= most && this.#wrong.length === 0; repaired += 1) {
      await this.#scene.clock.runUntilIdle();
      if (this.#current.status === 'SUCCEEDED') break;
      const striking = this.#sequences.get(stateOf(this.#current) ?? '')?.latest;
      const unexpected = whyUnexpected(this.#current, striking, this.#of);
      if (unexpected || !striking) this.#wrong.push(unexpected ?? 'It failed where no fault was.');
      else await this.#goOn(striking);
    }
    this.#release();
    await this.#scene.clock.runUntilIdle();
    await this.#leave(!this.#of.undoingAt);
    const { status, error } = this.#current;
    if (this.#wrong.length === 0 && status !== 'SUCCEEDED') this.#wrong.push(`It ended ${status} in ${stateOf(this.#current)}: ${error}`);
    return {
      ...this.#life,
      executions: this.#executions,
      calls: this.#calls,
      repair: [...this.#sequences.values()].flatMap((sequence) => sequence.repair),
      spared: [...this.#sequences.values()].flatMap((sequence) => sequence.spared),
      wrong: this.#wrong,
    };
  }

  get #current(): Execution {
    return this.#executions.at(-1) as Execution;
  }

  get #life(): Life {
    return { scene: this.#scene, subject: this.#subject as Subject, ...(this.#undone ? { undone: this.#undone } : {}) };
  }

  /** Signs up, the same organisation as before if there was one, and starts the workflow. */
  async #begin(): Promise<void> {
    const scene = this.#scene;
    const { tier, undoingAt, undoingAfter } = this.#of;
    const subject = await signUp(scene, this.#stage.desk, tier, this.#subject?.signup.request);
    this.#subject = subject;
    await confirm(scene, subject);
    this.#calls.length = 0;
    this.#executions = [scene.start(await onboardInputOf(scene, subject))];
    if (undoingAt) await this.#interrupt(undoingAt, undoingAfter === undefined);
  }

  /** Has the onboarding fail before or in a step, its subscription made if it was asked for, and an operator give it up: what undoes it is what the faults befall. */
  async #interrupt(step: string, before: boolean): Promise<void> {
    const { subject, scene } = this.#life;
    if (before) this.#unreachable = step;
    await scene.clock.runUntilIdle();
    if (stateOf(this.#current) !== step) throw new Error(`The onboarding ended in ${stateOf(this.#current)}, and not in ${step}.`);
    await this.#around.settle(this.#life);
    this.#undone = await headOf(scene, subject);
    this.#calls.length = 0;
    const run = await giveUp(scene, subject);
    if (!run) throw new Error('The tenant could not be given up.');
    this.#executions = [scene.executionOf(run)];
  }

  async #goOn(striking: Striking): Promise<void> {
    const { way, call } = striking.faultCase;
    striking.resume();
    if (way !== 'abandon') await this.#leave(true);
    if (way === 'new-generation') this.#executions.push(this.#scene.start(await nextGeneration(this.#life)));
    else if (way === 'abandon') await this.#abandon(call % 2 === 0);
    else this.#scene.engine.redrive(this.#current.arn);
  }

  /** @param settled whether the worker of billing has made the subscription before; otherwise its message comes late */
  async #abandon(settled: boolean): Promise<void> {
    const { subject, scene } = this.#life;
    const { status } = await headOf(scene, subject);
    if (settled && status !== 'ACTIVE') await this.#around.settle(this.#life);
    const run = await giveUp(scene, subject);
    if ((run === undefined) !== (status === 'ACTIVE')) this.#wrong.push(`${status}, it was ${run ? '' : 'not '}given up.`);
    if (!run) {
      await this.#leave(true);
      scene.engine.redrive(this.#current.arn);
      return;
    }
    // Whoever is held comes back at the last moment at which a function can: the undoing waits for that.
    void scene.clock.sleep(functionMilliseconds).then(() => this.#release());
    await scene.clock.runUntilIdle();
    const undoing = scene.executionOf(run);
    if (undoing.status !== 'SUCCEEDED') this.#wrong.push(`Giving it up ended ${undoing.status} in ${stateOf(undoing)}: ${undoing.error}`);
    await this.#leave(false);
    const problem = await signUpByTheSameKey(scene, subject);
    if (problem !== 'signup-abandoned') this.#wrong.push(`Its key is answered ${problem ?? 'as if nothing had been'}.`);
    this.#wrong.push(...(await this.#around.leftovers(this.#life)));
    if (this.#wrong.length === 0) await this.#begin();
  }

  /** Takes away what is another's, and was put where a step looked for its own. */
  async #leave(restoring: boolean): Promise<void> {
    for (const sequence of this.#sequences.values()) this.#wrong.push(...(await sequence.leave(restoring)));
  }

  #release(): void {
    for (const sequence of this.#sequences.values()) sequence.release();
  }
}

/** @returns what ends an onboarding within a state: it is as a fault that nobody repairs */
const interruptionOf = ({ tier, undoingAt: state, undoingAfter }: Workflow): FaultCase[] =>
  state && undoingAfter ? [{ tier, state, ...undoingAfter, fault: 'killed-after', way: 'redrive' }] : [];

/**
 * Onboards a tenant of its own while the faults befall it, those of one state one after the other. One that is given up is followed by another of the same organisation, whom the
 * remaining faults befall. With `undoingAt`, what they befall is the workflow that undoes an interrupted onboarding. Without faults it is the clean run.
 */
export const play = (stage: Stage, of: Workflow, faults: readonly FaultCase[], seed: number, around: Surroundings): Promise<Played> =>
  new Play(stage, of, faults, seed, around).run(faults.length);

/** @returns why an execution must not have ended so, or undefined */
function whyUnexpected({ status, error, cause }: Execution, striking: Striking | undefined, { undoingAt }: Workflow): string | undefined {
  if (status !== 'FAILED') return `The execution is ${status}.`;
  if (!striking) return `It failed where no fault was: ${error} ${cause}`;
  if (striking.resumed) return `It failed again after ${idOf(striking.faultCase)} was repaired: ${error} ${cause}`;
  if (striking.faultCase.fault === 'occupied' && (undoingAt || !refusals.includes(error ?? '')))
    return `What is another tenant's was there, and it failed with ${error}: ${cause}`;
  if (!striking.retriedWell(error)) return `After ${striking.faultCase.what} its Retry did not do as it says, and it ended with ${error}.`;
  if (striking.faultCase.way === 'retry' && !permanent.includes(error ?? ''))
    return `The workflow's Retry did not mend it: ${error} ${cause}`;
  return undefined;
}

/** Starts the run anew from the top, as after a definition that was wrong. */
async function nextGeneration({ scene, subject }: Life): Promise<RunInput> {
  const { run } = await headOf(scene, subject);
  if (!run) throw new Error('There is no run to start anew.');
  await scene.as('PlanTenant', () =>
    commit({ tenantId: subject.tenantId }, () => ({
      answer: undefined,
      tenant: { run: { ...run, generation: run.generation + 1 } },
      entry: {
        type: 'GenerationStarted',
        actor: { kind: 'staff', id: 'faults' },
        runId: run.runId,
        generation: run.generation + 1,
        data: {},
      },
    })),
  );
  return onboardInputOf(scene, subject);
}

const claimed = (ofState: readonly AwsCall[]) => ({
  calls: ofState.map(({ operation }) => operation),
  claims: ofState.flatMap((call, place) => claimsOf(call).map((claim) => ({ ...claim, call: place + 1 }))),
});

/** The calls of each state, and what they claim, in the order in which the workflow came to the states. */
export function callsByState({ calls, executions }: Played): ({ readonly state: StepName } & ReturnType<typeof claimed>)[] {
  const [execution] = executions;
  if (!execution) return [];
  const visited = execution.history
    .between(1, execution.history.length, false)
    .filter(({ type }) => type === 'TaskStateEntered')
    .map((event) => event['stateEnteredEventDetails']?.['name'] as StepName);
  return [...new Set(visited)].map((state) => ({
    state,
    ...claimed(calls.filter(({ functionName }) => functionName === state)),
  }));
}
