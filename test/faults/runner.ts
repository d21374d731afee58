import { StepName } from '../../contracts/steps.ts';
import { each, inTurns } from './at-once.ts';
import { claimCases, rotatedClaims } from './cases/claim-cases.ts';
import { interruptionsOf, oneInARotation, oneOfEachCall, type RecordedRun, rotatedCases, singleCases } from './cases/enumerate.ts';
import { type FaultCase, type FaultPair, idOf, idOfAll, runOf, type Workflow } from './cases/fault-case.ts';
import { type Grant, grantsOf, whyNotShown } from './cases/grants.ts';
import { Packs } from './cases/packs.ts';
import { firstsInRepairs, firstsOfPairs, pairsOf, pairsOfSteps } from './cases/pairs.ts';
import { retriesOf } from './cases/retries.ts';
import { callsByState, type Life, play, type Surroundings } from './cases/run-case.ts';
import { runGrants } from './cases/run-grants.ts';
import { Deliveries } from './deliveries/deliveries.ts';
import { evenly } from './evenly.ts';
import { settle } from './harness/customer.ts';
import type { Stage } from './harness/scene.ts';
import { type FaultStack, startFaultStack } from './harness/stack.ts';
import { failureProblems } from './world/failures.ts';
import { worldProblems } from './world/verdict.ts';
import { type TenantWorld, World } from './world/world.ts';

/** What came of one case. */
export interface CaseResult {
  readonly id: string;
  /** Nothing when the case passed. */
  readonly wrong: readonly string[];
}

/** The clean run of a workflow of a tier: what is enumerated, and what every other run is compared with. */
interface CleanRun extends RecordedRun {
  readonly world: TenantWorld;
}

/** The last step of an onboarding that can be given up. */
const lastBeforeActive = 'ActivateTenant';

/** The matrix on a local stack of its own. */
export class Matrix {
  readonly stack: FaultStack;
  readonly #world: World;
  readonly #clean = new Map<string, CleanRun>();
  /** Of what undoes onboardings that were interrupted elsewhere; recorded when first asked for. */
  readonly #interrupted = new Map<string, CleanRun>();
  #deliveries: Deliveries | undefined;
  readonly #around: Surroundings = {
    settle: (life) => this.#settle(life),
    leftovers: async (life) => {
      await this.#settle(life);
      return this.#world.leftovers(life);
    },
  };

  private constructor(stack: FaultStack, world = new World(stack)) {
    this.stack = stack;
    this.#world = world;
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
    this.#deliveries?.close();
    return this.stack.stop();
  }

  /** The same cases with other handlers, or another workflow, than those that the clean runs were made with. */
  on(stage: Stage): Matrix {
    const other = new Matrix({ ...this.stack, stage }, this.#world);
    for (const [tier, run] of this.#clean) other.#clean.set(tier, run);
    return other;
  }

  singles(): FaultCase[] {
    return [...this.#clean.values()].flatMap((run) => [...singleCases(run), ...claimCases(run)]);
  }

  /** What another can have, the ways in turns. */
  claims(): FaultCase[] {
    return [this.#onboardings, this.#undoings].flatMap((runs) => runs.flatMap(rotatedClaims));
  }

  /** Every fault once, and what another can have, the ways in turns. */
  rotated(): FaultCase[] {
    const runs = [this.#onboardings, this.#undoings];
    return runs.flatMap((some) => some.flatMap((run, turn) => [...rotatedCases(run, turn), ...rotatedClaims(run, turn)]));
  }

  /** What undoes onboardings that were interrupted anywhere: one fault of each of its calls, the faults and the ways in turns. */
  interrupted(): Promise<FaultCase[]> {
    return this.#interruptedAt(this.#interruptions.flat());
  }

  /** Some of the same, of one place of each tier. */
  async someInterrupted(): Promise<FaultCase[]> {
    const tiers = this.#interruptions;
    const places = tiers.flatMap((ofTier, turn) => ofTier[Math.floor(((turn + 1) * ofTier.length) / (tiers.length + 1))] ?? []);
    return oneInARotation(await this.#interruptedAt(places), 0);
  }

  /**
   * Every second fault in the repair of a first one, and in a later step. What a repair does depends on where the first fault befell, so each first fault is run once to see its calls.
   * @param sample how many of them are wanted, if not all: then no more first faults are run
   * @throws when a first fault alone goes wrong
   */
  async pairs(sample = Number.POSITIVE_INFINITY): Promise<readonly FaultPair[]> {
    const some = <Item>(items: readonly Item[], count: number) => (count < items.length ? evenly(items, count) : items);
    const firsts = some(
      this.#onboardings.flatMap((run, turn) => firstsOfPairs(run, turn)),
      sample,
    );
    const pairs = new Map<FaultCase, readonly FaultPair[]>();
    await each(firsts, async (first) => {
      const { wrong, repair } = await play(this.stack.stage, first, [first], seedOf(idOf(first)), this.#around);
      if (wrong.length > 0) throw new Error(`${idOf(first)} failed: ${wrong.join(' ')}`);
      pairs.set(first, pairsOf(first, repair));
    });
    const ofOneStep = firsts.flatMap((first) => pairs.get(first) ?? []);
    const ofSteps = [this.#onboardings, this.#undoings].flatMap((runs) => runs.flatMap((run, turn) => pairsOfSteps(run, turn)));
    return [...some(ofOneStep, sample / 2), ...some(ofSteps, sample / 2)];
  }

  /** Runs cases of one fault or of several of one state, each with a tenant of its own, some at once; tells of each as soon as it is judged. */
  async run(cases: readonly (readonly [FaultCase, ...FaultCase[]])[], told: (result: CaseResult) => void): Promise<void> {
    await each(cases, async (faults) => told(await this.#alone(faults)));
  }

  /**
   * Runs cases in packs: a tenant meets with several in each state, and its world is looked at in the end. The cases of a pack that went wrong are run again, each alone; where
   * nothing is wrong with any of them, it is their sequence that is told.
   */
  async runPacked(cases: readonly FaultCase[], told: (result: CaseResult) => void): Promise<void> {
    const packs = new Packs(cases);
    await inTurns(async () => {
      const pack = packs.next();
      if (pack) for (const result of await this.#together(pack, packs)) told(result);
      return pack !== undefined;
    });
  }

  /** What all cases together have left behind; when none runs any more, and none has failed. */
  async platform(): Promise<CaseResult> {
    return { id: 'the platform afterwards', wrong: await this.#world.platformProblems() };
  }

  /** What befalls records, events and messages on their way. */
  async deliveries(): Promise<Deliveries> {
    const tiers = this.#onboardings.map(({ tier }) => tier);
    this.#deliveries ??= await Deliveries.open(this.stack, this.#world, tiers);
    return this.#deliveries;
  }

  /** Every grant of the steps' roles but for those that cannot be shown here. */
  async grants(): Promise<Grant[]> {
    const { stage, resources, local } = this.stack;
    const steps = [...StepName.options, 'VendCredentials'].flatMap((name) => stage.functions.get(name) ?? []);
    return (await grantsOf(steps, resources, local)).filter((grant) => !whyNotShown(grant));
  }

  /** Takes each grant away: without it, its step must fail in a tier at least, be it after a correction, or in the repair after its process ended when it had made something. */
  async runGrants(grants: readonly Grant[], told: (result: CaseResult) => void): Promise<void> {
    const { stage } = this.stack;
    const runs = [...this.#onboardings, ...this.#undoings];
    const earlier = this.#onboardings.map(({ tier }) => ({ tier, undoingAt: 'CreateAdminUser' }));
    const corrected = this.#onboardings.map(({ tier }) => ({ tier, correctedAt: lastBeforeActive }));
    const failedWith = await runGrants(stage, [...runs, ...earlier, ...corrected], grants);
    const left = grants.filter((grant) => !failedWith.get(grant));
    const ofLeft = firstsInRepairs(runs).filter(({ state }) => left.some(({ step }) => step === state));
    const inRepairs = await runGrants(
      stage,
      ofLeft.map((after) => ({ ...after, after })),
      left,
    );
    for (const grant of grants)
      told({ id: grant.id, wrong: failedWith.get(grant) || inRepairs.get(grant) ? [] : ['The step succeeds without it.'] });
  }

  /** Of each tier: where its onboarding can be interrupted, but for the place that every fault befalls. */
  get #interruptions(): (readonly Workflow[])[] {
    return this.#onboardings.map((run) => interruptionsOf(run, lastBeforeActive).filter((of) => of.undoingAt !== lastBeforeActive));
  }

  async #interruptedAt(places: readonly Workflow[]): Promise<FaultCase[]> {
    await each(places, async (of) => {
      if (!this.#interrupted.has(runOf(of))) this.#interrupted.set(runOf(of), await this.#recordUndoing(of));
    });
    return places.flatMap((of, turn) => oneOfEachCall(this.#interrupted.get(runOf(of)) as CleanRun, turn));
  }

  get #onboardings(): CleanRun[] {
    return [...this.#clean.values()].filter(({ undoingAt }) => !undoingAt);
  }

  get #undoings(): CleanRun[] {
    return [...this.#clean.values()].filter(({ undoingAt }) => undoingAt);
  }

  async #alone(faults: readonly [FaultCase, ...FaultCase[]]): Promise<CaseResult> {
    const id = idOfAll(faults);
    const { wrong, spared } = await inTime(faults.length, this.#judge(faults, seedOf(id)));
    return { id, wrong: [...wrong, ...spared.map(({ call, what, fault }) => `${fault} of ${call}-${what} never befell it.`)] };
  }

  async #together(pack: readonly FaultCase[], packs: Packs): Promise<CaseResult[]> {
    const ids = pack.map(idOf);
    const { wrong, spared } = await inTime(pack.length, this.#judge(pack, seedOf(ids.join())));
    const struck = pack.filter((each) => !spared.includes(each));
    if (wrong.length === 0 && struck.length > 0) {
      for (const each of spared) packs.putBack(each);
      return struck.map((each) => ({ id: idOf(each), wrong: [] }));
    }
    const results: CaseResult[] = [];
    for (const each of pack) results.push(await this.#alone([each]));
    if (results.every((result) => result.wrong.length === 0))
      results.push({ id: `sequence of ${ids.join(', ')}`, wrong: wrong.length > 0 ? wrong : ['None of the faults befell it.'] });
    return results;
  }

  async #judge(faults: readonly FaultCase[], seed: number): Promise<Judgement> {
    const of: Workflow = faults[0] ?? { tier: '' };
    const clean = this.#clean.get(runOf(of)) ?? this.#interrupted.get(runOf(of));
    if (!clean) throw new Error(`There is no clean run of ${runOf(of)}.`);
    const played = await play(this.stack.stage, of, faults, seed, this.#around);
    const { wrong, spared } = played;
    if (wrong.length > 0) return { wrong, spared };
    // What another had is left alone by what undoes, and it says so: that is in no clean run.
    if (of.undoingAt && faults.some(({ fault }) => fault === 'occupied')) return { wrong: await this.#around.leftovers(played), spared };
    const states = faults.map(({ state }) => state);
    const world = await this.#worldOf(played);
    return { wrong: [...failureProblems(faults, world.events), ...worldProblems(clean.world, world, states)], spared };
  }

  async #worldOf(life: Life): Promise<TenantWorld> {
    await this.#settle(life);
    return this.#world.of(life);
  }

  async #settle({ scene, subject }: Life): Promise<void> {
    const { queues } = this.#world;
    await queues.collect();
    for (const message of queues.messagesOf('Billing/Queue', subject.tenantId)) await settle(scene, message);
  }

  /** Of a tier: the onboarding, and the undoing of one that was interrupted when all was made that is to be undone. */
  async #record(tier: string): Promise<void> {
    this.#clean.set(tier, await this.#recorded({ tier }));
    const undoing = { tier, undoingAt: lastBeforeActive };
    this.#clean.set(runOf(undoing), await this.#recordUndoing(undoing));
  }

  #recordUndoing(of: Workflow): Promise<CleanRun> {
    const states = this.#clean.get(of.tier)?.states ?? [];
    const steps = states.map(({ state }) => state);
    return this.#recorded({ ...of, before: steps.slice(0, states.findIndex(({ state }) => state === of.undoingAt) + 1) });
  }

  async #recorded(run: Omit<RecordedRun, 'states'>): Promise<CleanRun> {
    const played = await play(this.stack.stage, run, [], seedOf(runOf(run)), this.#around);
    const wrong = [...played.wrong, ...(run.undoingAt ? await this.#around.leftovers(played) : [])];
    if (wrong.length > 0) throw new Error(`The clean run of ${runOf(run)} failed: ${wrong.join(' ')}`);
    const { definition } = this.stack.stage.workflows[run.undoingAt ? 'abandon' : 'onboard'];
    const states = callsByState(played).map((each) => ({ ...each, retries: retriesOf(definition, each.state) }));
    return { ...run, states, world: await this.#worldOf(played) };
  }
}

interface Judgement {
  readonly wrong: readonly string[];
  readonly spared: readonly FaultCase[];
}

/** A case takes a fraction of a second, and on a machine that has much else to do many; one that waits for what never comes must not keep the others for good. */
const longestCaseSeconds = 600;

function inTime(cases: number, judged: Promise<Judgement>): Promise<Judgement> {
  const seconds = cases * longestCaseSeconds;
  const wrong = (text: string): Judgement => ({ wrong: [text], spared: [] });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Judgement>((resolve) => {
    timer = setTimeout(() => resolve(wrong(`It had not ended after ${seconds} seconds.`)), seconds * 1_000);
  });
  return Promise.race([judged.catch((error: Error) => wrong(`It broke: ${error.stack}`)), late]).finally(() => clearTimeout(timer));
}

/** A number of its own for each id, and for each process: ids that are made from it must not meet those of an earlier run. */
function seedOf(text: string): number {
  let hash = 0x811c9dc5 ^ Date.now();
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) as number), 0x01000193);
  return hash >>> 0;
}
