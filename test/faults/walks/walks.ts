import type { DeployedFunction } from '../harness/functions.ts';
import { type FaultStack, startFaultStack } from '../harness/stack.ts';
import { Stream } from '../harness/stream.ts';
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
}

type Handler = DeployedFunction['handler'];

/** How walks are made that are not those of the product. */
export interface WalkChanges {
  /** The names of misfortunes and customers that are left out. */
  readonly without?: ReadonlySet<string>;
  /** Another handler in the place of a function's own. */
  readonly handlers?: Readonly<Record<string, (own: Handler) => Handler>>;
}

/** Walks on a local stack of their own. */
export class Walks {
  readonly #stack: FaultStack;
  readonly #ground: Ground;
  readonly #made = new Map<number, number>();
  #all = 0;

  private constructor(stack: FaultStack, ground: Ground) {
    this.#stack = stack;
    this.#ground = ground;
  }

  /** Brings the stack up. */
  static async start(log: (line: string) => void): Promise<Walks> {
    const stack = await startFaultStack(log);
    try {
      const stream = await Stream.open(stack.local, stack.stage.functions);
      const snapshots = new Snapshots(stack.local, stack.resources);
      return new Walks(stack, { stage: stack.stage, stream, snapshots, tiers: ['starter'] });
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
    const sameBefore = this.#made.get(seed) ?? 0;
    this.#made.set(seed, sameBefore + 1);
    const { stage } = this.#ground;
    const functions = new Map(
      [...stage.functions].map(([name, own]) => [name, { ...own, handler: handlers[name]?.(own.handler) ?? own.handler }]),
    );
    const walk = new Walk({ ...this.#ground, stage: { ...stage, functions } }, { seed, sameBefore, walksBefore: this.#all, without });
    this.#all += 1;
    const wrong = await walk.run();
    // What a walk that ended early has left in the stream is not for the next one.
    await this.#ground.stream.read();
    const parts = [...walk.customers.map(({ name }) => `customer-${name}`), ...walk.misfortunes.struck];
    return { seed, wrong, trace: walk.trace, digest: digestOf(walk.trace), parts };
  }
}
