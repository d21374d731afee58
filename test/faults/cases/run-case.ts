import type { RunInput, StepName } from '../../../contracts/steps.ts';
import { commit } from '../../../lambdas/shared/commit.ts';
import type { Execution } from '../../../local/step-functions/execution.ts';
import type { Json } from '../../../local/step-functions/json.ts';
import { confirm, headOf, onboardInputOf, type Subject, signUp } from '../harness/customer.ts';
import { type AwsCall, type CallDirector, served, undisturbed } from '../harness/lambda-process.ts';
import { Scene, type Stage, stateOf } from '../harness/scene.ts';
import { type FaultCase, idOf } from './fault-case.ts';
import { FaultSequence } from './fault-sequence.ts';
import { Striking } from './striking.ts';

/** How a run of the workflow went, whatever befell it. */
export interface Played {
  readonly subject: Subject;
  readonly scene: Scene;
  readonly executions: readonly Execution[];
  /** Every call that began, in its order; without those of the steps that something befell. */
  readonly calls: readonly AwsCall[];
  /** The calls of the first attempt after the fault of each state. */
  readonly repair: readonly string[];
  /** The faults that never befell it. */
  readonly spared: readonly FaultCase[];
  /** What was not as it must be, in words; the stores have not been looked at yet. */
  readonly wrong: readonly string[];
}

/** What the definition never retries. */
const permanent = ['InvalidInput', 'Conflict', 'NotAllowed', 'CheckFailed'];

/** Onboards a tenant of its own while the faults befall it, those of one state one after the other. Without faults it is the clean run. */
export async function play(stage: Stage, tier: string, faults: readonly FaultCase[], seed: number): Promise<Played> {
  const calls: AwsCall[] = [];
  const payloads = new Map<string, Json>();
  const clean: CallDirector = {
    ...undisturbed,
    treat: (call) => {
      calls.push(call);
      return served;
    },
  };
  const sequences = new Map(
    [...Map.groupBy(faults, ({ state }) => state)].map(([state, ofState]) => [
      state,
      new FaultSequence(ofState.map((fault) => new Striking(fault, () => scene, payloads))),
    ]),
  );
  const scene: Scene = new Scene(stage, seed, clean, (name, payload, call) => {
    payloads.set(name, payload);
    return sequences.get(name)?.invoke(payload, call) ?? scene.invoke(name, payload);
  });
  const subject = await signUp(scene, stage.desk, tier);
  await confirm(scene, subject);
  calls.length = 0;
  const executions: Execution[] = [scene.start(await onboardInputOf(scene, subject))];
  const wrong: string[] = [];
  const current = () => executions.at(-1) as Execution;
  for (const _ of [undefined, ...faults]) {
    await scene.clock.runUntilIdle();
    if (current().status === 'SUCCEEDED') break;
    const striking = sequences.get(stateOf(current()) ?? '')?.latest;
    const unexpected = whyUnexpected(current(), striking);
    if (unexpected || !striking) {
      wrong.push(unexpected ?? 'It failed where no fault was.');
      break;
    }
    striking.resume();
    if (striking.faultCase.way === 'new-generation') executions.push(scene.start(await nextGeneration(scene, subject)));
    else scene.engine.redrive(current().arn);
  }
  for (const sequence of sequences.values()) sequence.release();
  await scene.clock.runUntilIdle();
  if (wrong.length === 0 && current().status !== 'SUCCEEDED')
    wrong.push(`It ended ${current().status} in ${stateOf(current())}: ${current().error}`);
  const spared = [...sequences.values()].flatMap((sequence) => sequence.spared);
  const repair = [...sequences.values()].flatMap((sequence) => sequence.repair);
  return { subject, scene, executions, calls, repair, spared, wrong };
}

/** @returns why an execution must not have ended so, or undefined */
function whyUnexpected({ status, error, cause }: Execution, striking: Striking | undefined): string | undefined {
  if (status !== 'FAILED') return `The execution is ${status}.`;
  if (!striking) return `It failed where no fault was: ${error} ${cause}`;
  if (striking.resumed) return `It failed again after ${idOf(striking.faultCase)} was repaired: ${error} ${cause}`;
  if (!striking.retriedWell(error)) return `After ${striking.faultCase.what} its Retry did not do as it says, and it ended with ${error}.`;
  if (striking.faultCase.way === 'retry' && !permanent.includes(error ?? ''))
    return `The workflow's Retry did not mend it: ${error} ${cause}`;
  return undefined;
}

/** Starts the run anew from the top, as after a definition that was wrong. */
async function nextGeneration(scene: Scene, subject: Subject): Promise<RunInput> {
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

/** The calls of each state, in the order in which the workflow came to the states. */
export function callsByState({ calls, executions }: Played): { readonly state: StepName; readonly calls: readonly string[] }[] {
  const [execution] = executions;
  if (!execution) return [];
  const visited = execution.history
    .between(1, execution.history.length, false)
    .filter(({ type }) => type === 'TaskStateEntered')
    .map((event) => event['stateEnteredEventDetails']?.['name'] as StepName);
  return [...new Set(visited)].map((state) => ({
    state,
    calls: calls.filter(({ functionName }) => functionName === state).map(({ operation }) => operation),
  }));
}
