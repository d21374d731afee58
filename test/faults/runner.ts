import { type RecordedRun, singleCases } from './cases/enumerate.ts';
import { type FaultCase, idOf } from './cases/fault-case.ts';
import { callsByState, type Played, play } from './cases/run-case.ts';
import { settle } from './harness/customer.ts';
import { type FaultStack, startFaultStack } from './harness/stack.ts';
import { worldProblems } from './world/verdict.ts';
import { type TenantWorld, World } from './world/world.ts';

/** What came of one case. */
export interface CaseResult {
  readonly id: string;
  /** Nothing when the case passed. */
  readonly wrong: readonly string[];
}

/** The clean run of a tier: what is enumerated, and what every other run is compared with. */
interface CleanRun extends RecordedRun {
  readonly world: TenantWorld;
}

/** So many tenants are onboarded at once in this process; more do not make it faster, because the local stack serves one request at a time. */
const atOnce = 8;

/** The matrix on a local stack of its own. */
export class Matrix {
  readonly stack: FaultStack;
  readonly #world: World;
  readonly #clean = new Map<string, CleanRun>();

  private constructor(stack: FaultStack) {
    this.stack = stack;
    this.#world = new World(stack);
  }

  /** Brings the stack up and records the clean run of each tier. */
  static async start(tiers: readonly string[], log: (line: string) => void): Promise<Matrix> {
    const stack = await startFaultStack(log);
    try {
      const matrix = new Matrix(stack);
      for (const tier of tiers) await matrix.#record(tier);
      return matrix;
    } catch (error) {
      await stack.stop();
      throw error;
    }
  }

  stop(): Promise<void> {
    return this.stack.stop();
  }

  singles(): FaultCase[] {
    return [...this.#clean.values()].flatMap(singleCases);
  }

  /** Runs cases, some at once; tells of each as soon as it is judged. */
  async run(cases: readonly FaultCase[], told: (result: CaseResult) => void): Promise<void> {
    const waiting = [...cases];
    const next = async (): Promise<void> => {
      for (let faultCase = waiting.shift(); faultCase; faultCase = waiting.shift())
        told({ id: idOf(faultCase), wrong: await inTime(this.#judge(faultCase)) });
    };
    await Promise.all(Array.from({ length: atOnce }, next));
  }

  async #judge(faultCase: FaultCase): Promise<readonly string[]> {
    const clean = this.#clean.get(faultCase.tier);
    if (!clean) throw new Error(`There is no clean run of the tier ${faultCase.tier}.`);
    const played = await play(this.stack.stage, faultCase.tier, [faultCase], seedOf(idOf(faultCase)));
    if (played.wrong.length > 0) return played.wrong;
    return worldProblems(clean.world, await this.#worldOf(played), [faultCase.state]);
  }

  async #worldOf(played: Played): Promise<TenantWorld> {
    const { queues } = this.#world;
    await queues.collect();
    for (const message of queues.messagesOf('Billing/Queue', played.subject.tenantId)) await settle(played.scene, message);
    return this.#world.of(played);
  }

  async #record(tier: string): Promise<void> {
    const played = await play(this.stack.stage, tier, [], seedOf(tier));
    if (played.wrong.length > 0) throw new Error(`The clean run of ${tier} failed: ${played.wrong.join(' ')}`);
    this.#clean.set(tier, { tier, states: callsByState(played), world: await this.#worldOf(played) });
  }
}

/** A case takes a fraction of a second; one that waits for what never comes must not keep the others. */
const longestCaseSeconds = 60;

function inTime(judged: Promise<readonly string[]>): Promise<readonly string[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly string[]>((resolve) => {
    timer = setTimeout(() => resolve([`It had not ended after ${longestCaseSeconds} seconds.`]), longestCaseSeconds * 1_000);
  });
  return Promise.race([judged.catch((error: Error) => [`It broke: ${error.stack}`]), late]).finally(() => clearTimeout(timer));
}

/** A number of its own for each id, and for each process: ids that are made from it must not meet those of an earlier run. */
function seedOf(text: string): number {
  let hash = 0x811c9dc5 ^ Date.now();
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) as number), 0x01000193);
  return hash >>> 0;
}
