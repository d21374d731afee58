import type { Credentials } from '../../../local/stack-record.ts';
import { confirm, onboardInputOf, signUp } from '../harness/customer.ts';
import { undisturbed } from '../harness/lambda-process.ts';
import type { Sessions } from '../harness/role-sessions.ts';
import { Scene, type Stage } from '../harness/scene.ts';
import { type Grant, withoutGrant } from './grants.ts';

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
async function tryWithoutGrants(stage: Stage, tier: string, grants: ReadonlyMap<string, readonly Grant[]>, seed: number): Promise<Tried> {
  const needed = new Map<Grant, string>();
  const unneeded: Grant[] = [];
  let session: { readonly roleArn: string; readonly credentials: Credentials } | undefined;
  const sessions: Sessions = {
    of: async (roleArn, name) => (session?.roleArn === roleArn ? session.credentials : stage.sessions.of(roleArn, name)),
    restricted: (...of) => stage.sessions.restricted(...of),
  };
  const scene: Scene = new Scene({ ...stage, sessions }, seed, undisturbed, async (name, payload) => {
    const roleArn = stage.functions.get(name)?.roleArn ?? '';
    const grant = (grants.get(name) ?? []).find((each) => !needed.has(each));
    if (!grant) return scene.invoke(name, payload);
    session = { roleArn, credentials: await scene.clock.track(stage.sessions.restricted(roleArn, name, withoutGrant(grant))) };
    try {
      const answer = (await scene.invoke(name, payload)) as { ready?: boolean };
      if (answer.ready !== false && grant === grants.get(name)?.[0]) unneeded.push(grant);
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
  const execution = scene.start(await onboardInputOf(scene, subject));
  await scene.clock.runUntilIdle();
  for (let redrives = 0; execution.status === 'FAILED' && redrives < [...grants.values()].flat().length; redrives += 1) {
    scene.engine.redrive(execution.arn);
    await scene.clock.runUntilIdle();
  }
  if (execution.status !== 'SUCCEEDED')
    throw new Error(`With all its grants again a run ended ${execution.status}: ${execution.error} ${execution.cause}`);
  return { needed, unneeded };
}

/** Takes each grant away once in each of these tiers. @returns by grant: what the step failed with in the first tier in which it did, or nothing */
export async function runGrants(stage: Stage, tiers: readonly string[], grants: readonly Grant[]): Promise<Map<Grant, string | undefined>> {
  const failedWith = new Map<Grant, string | undefined>(grants.map((grant) => [grant, undefined]));
  for (const tier of tiers) {
    const unneeded = new Set<Grant>();
    for (let known = -1; known !== unneeded.size + [...failedWith.values()].filter(Boolean).length; ) {
      known = unneeded.size + [...failedWith.values()].filter(Boolean).length;
      const left = grants.filter((grant) => !failedWith.get(grant) && !unneeded.has(grant));
      const tried = await tryWithoutGrants(
        stage,
        tier,
        Map.groupBy(left, ({ step }) => step),
        Date.now() >>> 0,
      );
      for (const [grant, error] of tried.needed) failedWith.set(grant, error);
      for (const grant of tried.unneeded) unneeded.add(grant);
    }
  }
  return failedWith;
}
