import type { Credentials } from '../../../local/stack-record.ts';
import { confirm, giveUp, onboardInputOf, signUp } from '../harness/customer.ts';
import { undisturbed } from '../harness/lambda-process.ts';
import type { Sessions } from '../harness/role-sessions.ts';
import { Scene, type Stage } from '../harness/scene.ts';
import type { FaultCase } from './fault-case.ts';
import { type Grant, withoutGrant } from './grants.ts';
import { notInvoked } from './striking.ts';

/** Steps that ask for a tenant's credentials, which VendCredentials gives. */
const asksForCredentials: readonly string[] = ['EstablishIsolation', 'TestTenant', 'EraseNamespace'];

type Workflow = Pick<FaultCase, 'tier' | 'undoingAt'>;

/** What became of the grants that were tried on one tenant. */
interface Tried {
  /** Without these the step failed, and with what. */
  readonly needed: ReadonlyMap<Grant, string>;
  /** Without these the step was done all the same. */
  readonly unneeded: readonly Grant[];
}

/**
 * Onboards a tenant of a tier, and has each step try without the first of its grants until it fails, then without the next one. A step that waits is visited several times, so a grant
 * is known not to be needed only if the step was without it from the first visit to the last.
 */
async function tryWithoutGrants(
  stage: Stage,
  { tier, undoingAt }: Workflow,
  grants: ReadonlyMap<string, readonly Grant[]>,
  seed: number,
): Promise<Tried> {
  const needed = new Map<Grant, string>();
  const unneeded: Grant[] = [];
  let session: { readonly roleArn: string; readonly credentials: Credentials } | undefined;
  const sessions: Sessions = {
    of: async (roleArn, name) => (session?.roleArn === roleArn ? session.credentials : stage.sessions.of(roleArn, name)),
    restricted: (...of) => stage.sessions.restricted(...of),
  };
  const scene: Scene = new Scene({ ...stage, sessions }, seed, undisturbed, async (name, payload) => {
    if (name === unreachable) throw notInvoked();
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
  });
  const subject = await signUp(scene, stage.desk, tier);
  await confirm(scene, subject);
  let unreachable = undoingAt;
  let execution = scene.start(await onboardInputOf(scene, subject));
  await scene.clock.runUntilIdle();
  if (undoingAt) {
    unreachable = undefined;
    const undoing = await giveUp(scene, subject);
    if (!undoing) throw new Error('The tenant could not be given up.');
    execution = scene.executionOf(undoing);
    await scene.clock.runUntilIdle();
  }
  for (let redrives = 0; execution.status === 'FAILED' && redrives < [...grants.values()].flat().length; redrives += 1) {
    scene.engine.redrive(execution.arn);
    await scene.clock.runUntilIdle();
  }
  if (execution.status !== 'SUCCEEDED')
    throw new Error(`With all its grants again a run ended ${execution.status}: ${execution.error} ${execution.cause}`);
  return { needed, unneeded };
}

/** Takes each grant away once in each of these workflows. @returns by grant: what the step failed with in the first of them in which it did, or nothing */
export async function runGrants(
  stage: Stage,
  workflows: readonly Workflow[],
  grants: readonly Grant[],
): Promise<Map<Grant, string | undefined>> {
  const failedWith = new Map<Grant, string | undefined>(grants.map((grant) => [grant, undefined]));
  for (const workflow of workflows) {
    const unneeded = new Set<Grant>();
    for (let known = -1; known !== unneeded.size + [...failedWith.values()].filter(Boolean).length; ) {
      known = unneeded.size + [...failedWith.values()].filter(Boolean).length;
      const left = grants.filter((grant) => !failedWith.get(grant) && !unneeded.has(grant));
      const tried = await tryWithoutGrants(
        stage,
        workflow,
        Map.groupBy(left, ({ step }) => step),
        Date.now() >>> 0,
      );
      for (const [grant, error] of tried.needed) failedWith.set(grant, error);
      for (const grant of tried.unneeded) unneeded.add(grant);
    }
  }
  return failedWith;
}
