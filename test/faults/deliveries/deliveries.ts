import type { FaultStack } from '../harness/stack.ts';
import { Stream } from '../harness/stream.ts';
import type { CaseResult } from '../runner.ts';
import type { TenantWorld, World } from '../world/world.ts';
import { deliver, type Mail } from './deliver.ts';
import { type Delivery, type DeliveryCase, type DeliveryFaults, deliveryCases, deliveryPairs, idOfDelivery } from './delivery-case.ts';
import { deliveryProblems } from './verdict.ts';

interface CleanDeliveries {
  readonly tier: string;
  readonly deliveries: readonly Delivery[];
  readonly world: TenantWorld;
}

/** Runs whose records, events and messages the matrix delivers itself. They are made one after the other: who pauses onboarding counts the failures of all. */
export class Deliveries {
  readonly #stack: FaultStack;
  readonly #world: World;
  readonly #mail: Mail;
  readonly #stream: Stream;
  readonly #clean: CleanDeliveries[] = [];

  private constructor(stack: FaultStack, world: World, stream: Stream) {
    this.#stack = stack;
    this.#world = world;
    this.#stream = stream;
    const taken = new Map<string, number>();
    this.#mail = {
      stream,
      takeBilling: async (tenantId) => {
        await world.queues.collect();
        const all = world.queues.messagesOf('Billing/Queue', tenantId);
        const before = taken.get(tenantId) ?? 0;
        taken.set(tenantId, all.length);
        return all.slice(before);
      },
    };
  }

  /** Records the run without faults of each tier. */
  static async open(stack: FaultStack, world: World, tiers: readonly string[]): Promise<Deliveries> {
    const deliveries = new Deliveries(stack, world, await Stream.open(stack.local, stack.stage.functions));
    for (const tier of tiers) await deliveries.#record(tier);
    return deliveries;
  }

  close(): void {
    this.#stream.close();
  }

  cases(): DeliveryCase[] {
    return this.#clean.flatMap(({ tier, deliveries }) => deliveryCases(tier, deliveries));
  }

  /** What befalls two deliveries of one run. */
  pairs(): DeliveryFaults[] {
    return deliveryPairs(this.cases());
  }

  async run(cases: readonly DeliveryFaults[], told: (result: CaseResult) => void): Promise<void> {
    for (const each of cases)
      told({ id: idOfDelivery(each), wrong: await this.#judge(each).catch((error: Error) => [`It broke: ${error.stack}`]) });
  }

  async #judge(faults: DeliveryFaults): Promise<readonly string[]> {
    const [{ tier: of }] = faults;
    const clean = this.#clean.find(({ tier }) => tier === of);
    if (!clean) throw new Error(`There is no run without faults of ${of}.`);
    const delivered = await deliver(this.#stack.stage, this.#mail, of, seed(), faults);
    return delivered.wrong.length > 0 ? delivered.wrong : deliveryProblems(clean.world, await this.#world.of(delivered), faults);
  }

  async #record(tier: string): Promise<void> {
    const delivered = await deliver(this.#stack.stage, this.#mail, tier, seed());
    if (delivered.wrong.length > 0) throw new Error(`The deliveries of ${tier} failed: ${delivered.wrong.join(' ')}`);
    this.#clean.push({ tier, deliveries: delivered.deliveries, world: await this.#world.of(delivered) });
  }
}

/** Ids that are made from it must not meet those of another run. */
const seed = () => (Math.random() * 2 ** 32) >>> 0;
