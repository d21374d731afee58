import type { Credentials } from '../../../local/stack-record.ts';
import type { Json } from '../../../local/step-functions/json.ts';
import type { TaskCall } from '../../../local/step-functions/task-invoker-contract.ts';
import { confirm, correct, giveUp, onboardInputOf, signUp } from '../harness/customer.ts';
import { undisturbed } from '../harness/lambda-process.ts';
import type { Sessions } from '../harness/role-sessions.ts';
import { Scene, type Stage } from '../harness/scene.ts';
import type { FaultCase, Workflow } from './fault-case.ts';
import { type Grant, withoutGrant } from './grants.ts';
import { notInvoked, Striking } from './striking.ts';

/** Steps that ask for a tenant's credentials, which VendCredentials gives. */
const asksForCredentials: readonly string[] = ['EstablishIsolation', 'TestTenant', 'EraseNamespace'];

/** A workflow in which the steps try without their grants. */
export interface Trial extends Workflow {
  /** What befalls it before: its step tries in the repair alone. */
  readonly after?: FaultCase;
  /** The state before which the onboarding fails, and an operator corrects what was sent at signup: the steps try again in the next generation. */
  readonly correctedAt?: string;
}

/** Longer than a function keeps anything in its memory: what it has read once, it has to read again. */
const forgottenMilliseconds = 3_600_000;

/** What became of the grants that were tried on one tenant. */
interface Tried {
  /** Without these the step failed, and with what. */
  readonly needed: ReadonlyMap<Grant, string>;
  /** Without these the step was done all the same. */
  readonly unneeded: readonly Grant[];
  readonly endedAt: number;
}

/**
 * Onboards a tenant of a tier, and has each step try without the first of its grants until it fails, then without the next one. A step that waits is visited several times, so a grant
 * is known not to be needed only if the step was without it from the first visit to the last.
 */
async function tryWithoutGrants(
  stage: Stage,
  { tier, undoingAt, correctedAt, after }: Trial,
  grants: ReadonlyMap<string, readonly Grant[]>,
  startsAt: number,
): Promise<Tried> {
  const needed = new Map<Grant, string>();
  const unneeded: Grant[] = [];
  let session: { readonly roleArn: string; readonly credentials: Credentials } | undefined;
  const sessions: Sessions = {
    of: async (roleArn, name) => (session?.roleArn === roleArn ? session.credentials : stage.sessions.of(roleArn, name)),
    restricted: (...of) => stage.sessions.restricted(...of),
  };
  const striking = after && new Striking(after, () => scene, new Map(), stage.strangers);
  const invoke = async (name: string, payload: Json, call: TaskCall) => {
    if (name === unreachable) throw notInvoked();
    if (after?.state === name && !striking?.over) return (striking as Striking).invoke(payload, call);
    const ofStep = [...(grants.get(name) ?? []), ...(asksForCredentials.includes(name) ? (grants.get('VendCredentials') ?? []) : [])];
    const grant = ofStep.find((each) => !needed.has(each));
    if (!grant) return scene.invoke(name, payload);
    const roleArn = stage.functions.get(grant.step)?.roleArn ?? '';
    session = { roleArn, credentials: await scene.clock.track(stage.sessions.restricted(roleArn, grant.step, withoutGrant(grant))) };
    try {
      const answer = (await scene.invoke(name, payload)) as { ready?: boolean };
      if (answer.ready !== false && grant === ofStep[0]) unneeded.push(grant);
      return answer;
    } catch (error) {
      needed.set(grant, (error as Error).name);
      throw error;
    } finally {
      session = undefined;
    }
  };
  const scene: Scene = new Scene({ ...stage, sessions }, startsAt >>> 0, undisturbed, invoke, { startsAt });
  const subject = await signUp(scene, stage.desk, tier);
  await confirm(scene, subject);
  let unreachable = undoingAt ?? correctedAt;
  let execution = scene.start(await onboardInputOf(scene, subject));
  await scene.clock.runUntilIdle();
  if (unreachable) {
    unreachable = undefined;
    void scene.clock.sleep(forgottenMilliseconds);
    await scene.clock.runUntilIdle();
    const next = undoingAt ? await giveUp(scene, subject) : await correct(scene, subject);
    if (!next) throw new Error('The tenant could not be given up.');
    execution = scene.executionOf(next);
    await scene.clock.runUntilIdle();
  }
  for (let redrives = 0; execution.status === 'FAILED' && redrives <= [...grants.values()].flat().length; redrives += 1) {
    striking?.resume();
    scene.engine.redrive(execution.arn);
    await scene.clock.runUntilIdle();
  }
  if (execution.status !== 'SUCCEEDED')
    throw new Error(`With all its grants again a run ended ${execution.status}: ${execution.error} ${execution.cause}`);
  return { needed, unneeded, endedAt: scene.clock.now() };
}

/** Takes each grant away once in each of these workflows. @returns by grant: what the step failed with in the first of them in which it did, or nothing */
export async function runGrants(stage: Stage, trials: readonly Trial[], grants: readonly Grant[]): Promise<Map<Grant, string | undefined>> {
  const failedWith = new Map<Grant, string | undefined>(grants.map((grant) => [grant, undefined]));
  let startsAt = Date.now();
  for (const trial of trials) {
    const unneeded = new Set<Grant>();
    for (let known = -1; known !== unneeded.size + [...failedWith.values()].filter(Boolean).length; ) {
      known = unneeded.size + [...failedWith.values()].filter(Boolean).length;
      const left = grants.filter((grant) => !failedWith.get(grant) && !unneeded.has(grant));
      if (left.length === 0) break;
      const tried = await tryWithoutGrants(
        stage,
        trial,
        Map.groupBy(left, ({ step }) => step),
        startsAt,
      );
      startsAt = tried.endedAt + forgottenMilliseconds;
      for (const [grant, error] of tried.needed) failedWith.set(grant, error);
      for (const grant of tried.unneeded) unneeded.add(grant);
    }
  }
  return failedWith;
}
