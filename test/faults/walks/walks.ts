import type { Finding } from '../../../contracts/findings.ts';
import type { DeployedFunction } from '../harness/functions.ts';
import { type FaultStack, startFaultStack } from '../harness/stack.ts';
import { Stream } from '../harness/stream.ts';
import { administratorClients } from '../world/clients.ts';
import type { Repetition } from './ids.ts';
import { Snapshots } from './snapshots.ts';
import { digestOf, type TraceStep } from './trace.ts';
import { type Ground, Walk } from './walk.ts';

/** What came of a walk. */
export interface WalkResult {
  readonly seed: number;
  /** Nothing when all went as it must. */
  readonly wrong: readonly string[];
  readonly trace: readonly TraceStep[];
  /** By this it is told whether two walks were the same. */
  readonly digest: string;
  /** What went wrong on purpose, and who took part: all that can be left out. */
  readonly parts: readonly string[];
  /** What has happened in it, of what walks are to show. */
  readonly occurred: readonly string[];
}

type Handler = DeployedFunction['handler'];

/** How walks are made that are not those of the product. */
export interface WalkChanges {
  /** The names of misfortunes and customers that are left out. */
  readonly without?: ReadonlySet<string>;
  /** Another handler in the place of a function's own. */
  readonly handlers?: Readonly<Record<string, (own: Handler) => Handler>>;
}

/** Who comes: a silo takes longer to make than all else together. */
const tiers = ['starter', 'starter', 'business', 'business', 'enterprise'];

/** Walks on a local stack of their own. */
export class Walks {
  readonly #stack: FaultStack;
  readonly #ground: Ground;
  /** What was found in the first walk of each seed, and how often it was made. */
  readonly #made = new Map<number, { times: number; readonly findings: readonly Finding[] }>();
  readonly #shardOf: Repetition['shardOf'];
  #all = 0;

  private constructor(stack: FaultStack, ground: Ground, shardOf: Repetition['shardOf']) {
    this.#shardOf = shardOf;
    this.#stack = stack;
    this.#ground = ground;
  }

  /** Brings the stack up. */
  static async start(log: (line: string) => void): Promise<Walks> {
    const stack = await startFaultStack(log);
    try {
      const stream = await Stream.open(stack.local, stack.stage.functions);
      const clients = administratorClients(stack.local);
      const snapshots = new Snapshots(clients, stack);
      // What the handlers are made of is imported only when the stack has taken over what they take from outside.
      const { findingIdOf, findingShards } = await import('../../../lambdas/shared/findings.ts');
      const shardOf = (finding: Finding) => Number.parseInt(findingIdOf(finding).slice(0, 2), 16) % findingShards;
      const { endpoint } = stack.local;
      return new Walks(stack, { stage: stack.stage, stream, snapshots, tiers, clients, endpoint }, shardOf);
    } catch (error) {
      await stack.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#ground.stream.close();
    await this.#stack.stop();
  }

  /** Makes the walk of a seed. */
  async walk(seed: number, { without = new Set(), handlers = {} }: WalkChanges = {}): Promise<WalkResult> {
    const { times: sameBefore, findings } = this.#made.get(seed) ?? { times: 0, findings: [] };
    const { stage } = this.#ground;
    const functions = new Map(
      [...stage.functions].map(([name, own]) => [name, { ...own, handler: handlers[name]?.(own.handler) ?? own.handler }]),
    );
    const walk = new Walk(
      { ...this.#ground, stage: { ...stage, functions } },
      { seed, sameBefore, findings, shardOf: this.#shardOf, walksBefore: this.#all, without },
    );
    this.#all += 1;
    await this.#ground.snapshots.clear();
    await this.#ground.stream.read();
    const wrong = await walk.run();
    this.#made.set(seed, { times: sameBefore + 1, findings: sameBefore === 0 ? walk.watch.findings() : findings });
    const parts = [...walk.customers.map(({ name }) => `customer-${name}`), ...walk.misfortunes.struck];
    return { seed, wrong, trace: walk.trace, digest: digestOf(walk.trace), parts, occurred: [...walk.watch.occurred] };
  }
}
