import { loadCatalog } from '../../../catalog/catalog.ts';
import type { Operation } from '../../../contracts/routes.ts';
import { platform } from '../../../contracts/tenant.ts';
import type { Json } from '../../../local/step-functions/json.ts';
import { StatesError } from '../../../local/step-functions/states-error.ts';
import { treatments } from '../cases/treatments.ts';
import { type Parts, requestOf } from '../harness/customer.ts';
import { type AwsCall, type CallDirector, type CallOutcome, served } from '../harness/lambda-process.ts';
import { Scene, type Stage } from '../harness/scene.ts';
import { runAsHarness } from '../harness/sdk-calls.ts';
import type { Stream } from '../harness/stream.ts';
import type { Clients } from '../world/clients.ts';
import { BillingDesk } from './billing.ts';
import { Chance } from './chance.ts';
import { Customer } from './customers.ts';
import { idsOf, type Repetition } from './ids.ts';
import { Misfortunes } from './misfortunes.ts';
import { Outside } from './outside.ts';
import { expireSignups } from './schedules.ts';
import type { Snapshots } from './snapshots.ts';
import type { TraceStep } from './trace.ts';
import { Watch } from './watch.ts';

/** What walks are made on. */
export interface Ground {
  readonly stage: Stage;
  readonly stream: Stream;
  readonly snapshots: Snapshots;
  readonly tiers: readonly string[];
  readonly clients: Clients;
  readonly endpoint: string;
}

/** Which walk it is. */
export interface WalkOptions extends Repetition {
  readonly seed: number;
  /** How often this process has made walks before: what is made anew each time differs by it. */
  readonly walksBefore: number;
  /** The names of misfortunes and customers that are left out. */
  readonly without?: ReadonlySet<string>;
}

const day = 86_400_000;
/** Walks of one process do not see each other's signups expire: each is earlier than those before by more than it lasts. */
const startsAtOf = (walksBefore: number) => Date.UTC(2026, 2, 1) - walksBefore * 30 * day;
const mostEvents = 10_000;
/** So many come at once on a bad day; the others, later, find onboarding paused. */
const enoughToPause = loadCatalog().onboarding.failuresInARow + 2;
const mostDeliveries = 100;
const reads = /^(Get|BatchGet|Query|Scan|List|Describe|Head|AdminGet|AdminInitiate|Decrypt|Encrypt|Generate|AssumeRole|Invoke)/;

/** Many tenants' signups at once, while things go wrong; a seed says which, where and when. */
export class Walk {
  readonly chance: Chance;
  readonly scene: Scene;
  readonly trace: TraceStep[] = [];
  readonly misfortunes: Misfortunes;
  readonly customers: readonly Customer[];
  readonly newId: () => string;
  readonly billing: BillingDesk;
  readonly outside: Outside;
  /** When signups end that were not confirmed. */
  readonly expiresAt: number;
  readonly #ground: Ground;
  readonly startsAt: number;
  readonly #wrong: string[] = [];
  readonly #counts = new Map<string, number>();
  readonly #payloads = new Map<string, [name: string, payload: Json][]>();
  readonly watch: Watch;
  #wrote = false;

  constructor(ground: Ground, options: WalkOptions) {
    this.#ground = ground;
    this.startsAt = startsAtOf(options.walksBefore);
    this.chance = new Chance(options.seed);
    this.newId = idsOf(options.seed, options);
    const pendingDays = Math.min(...loadCatalog().tiers.map((tier) => tier.pendingDays));
    this.expiresAt = this.startsAt + pendingDays * day;
    const without = options.without ?? new Set();
    this.misfortunes = new Misfortunes(this.chance, this.startsAt, this.expiresAt, without);
    this.scene = new Scene(ground.stage, options.seed, this.director('?'), (name, payload) => this.#invokeStep(name, payload), {
      startsAt: this.startsAt,
      newId: this.newId,
      onStatusChange: (change) => this.outside.told(change),
    });
    this.billing = new BillingDesk(this, ground.clients, ground.endpoint);
    const customers: Customer[] = [];
    const [fewest, most] = this.misfortunes.badDay ? [9, 11] : [2, 5];
    const all = this.chance.between(fewest, most, 'customers');
    for (let place = 0; place < all; place += 1) {
      const name = String.fromCharCode('A'.charCodeAt(0) + place);
      const rival =
        place > 0 && !this.misfortunes.badDay && this.chance.happens(0.25, name, 'wants the slug of another')
          ? customers[place - 1]
          : undefined;
      customers.push(new Customer(this, name, this.chance.oneOf(ground.tiers, name, 'tier'), rival, place >= enoughToPause));
    }
    this.customers = customers.filter(({ name }) => !without.has(`customer-${name}`));
    const executions = () => this.scene.engine.executions.ofStateMachine(ground.stage.workflows.onboard.arn);
    this.watch = new Watch(ground.snapshots, this.customers, {
      scene: this.scene,
      billing: this.billing,
      executions,
      found: (tenantId, kind) => this.outside.found(tenantId, kind),
      wrong: (what) => this.wrong(what),
    });
    this.outside = new Outside(this, this.watch);
  }

  /** The letter of the tenant's customer. */
  nameOf(tenantId: string): string {
    return this.watch.nameOf(tenantId);
  }

  get clock() {
    return this.scene.clock;
  }

  /** Notes what must not be. The walk ends after what is under way. */
  wrong(what: string): void {
    this.#wrong.push(what);
  }

  /** @returns what was wrong, in words; nothing when all went as it must */
  async run(): Promise<readonly string[]> {
    for (const customer of this.customers) this.spawn(customer.live());
    this.spawn(this.outside.pauseByHand());
    this.spawn(expireSignups(this, () => this.watch.pendingUntil()));
    await this.#untilIdle();
    if (this.#wrong.length === 0) await this.watch.ended();
    this.scene.engine.close();
    return this.#wrong;
  }

  /** Sends a request until it is answered: what a client does who gets no answer, or is told to come again. */
  async request(
    operation: Operation,
    who: string,
    parts: Parts | (() => Parts),
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    for (let attempt = 1; ; attempt += 1) {
      const step = this.stepOf(who, operation);
      let later = 0;
      try {
        const answer = (await this.scene.call(
          operation,
          requestOf(operation, typeof parts === 'function' ? parts() : parts),
          this.director(step),
        )) as {
          statusCode: number;
          body: string;
          headers?: Record<string, string>;
        };
        const body = JSON.parse(answer.body) as { type?: string };
        later = Number(answer.headers?.['retry-after'] ?? 0) * 1_000;
        if (answer.statusCode < 500 && !body.type?.endsWith('signup-in-progress')) return { status: answer.statusCode, body };
      } catch {
        // The function crashed, which API Gateway answers with 502.
      }
      await this.clock.sleep(later + this.chance.milliseconds(1_000 * Math.min(attempt, 10), step, 'again'));
    }
  }

  /** A name for what is done now, with how often it was done before. */
  stepOf(who: string, functionName: string): string {
    const name = `${who}/${functionName}`;
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    return `${name}#${count}`;
  }

  /** Decides, by chance, on what befalls an invocation's calls. @param again runs the same invocation once more, beside the one that is held */
  director(step: string, again?: (() => Promise<unknown>) | undefined, ended: (outcome: CallOutcome) => void = () => {}): CallDirector {
    const faults = new Map<number, string>();
    return {
      turn: (call) => this.clock.sleep(this.misfortunes.latencyMilliseconds(step, call, this.clock.now())),
      treat: (call) => {
        const fault = this.misfortunes.ofCall(step, call, this.clock.now());
        faults.set(call.index, fault ?? '');
        const treatment = fault ? treatments[fault] : served;
        if (!reads.test(call.operation)) this.#wrote = true;
        return treatment;
      },
      held: async (call: AwsCall) => {
        if (faults.get(call.index) === 'overtaken' && again) await again();
        else await this.clock.sleep(this.chance.between(5_000, 45_000, step, call.index, 'held'));
      },
      ended: (told) => {
        const { call, outcome } = told;
        this.billing.noted(told);
        ended(told);
        if (!reads.test(call.operation)) this.#wrote = true;
        this.trace.push({
          at: this.clock.now() - this.startsAt,
          step,
          call: `${call.index}-${call.operation}`,
          fault: faults.get(call.index) ?? '',
          outcome: outcome ?? 'nobody heard',
        });
      },
    };
  }

  /** Runs a step once, for the workflow or as a duplicate that nobody waits for. */
  #runStep(name: string, payload: Json): Promise<Json> {
    const { tenantId } = payload as { tenantId: string };
    this.watch.touch(tenantId);
    const step = this.stepOf(this.nameOf(tenantId), name);
    const director = this.director(step, () => this.#runStep(name, payload).catch(() => undefined));
    const turn = async (call: AwsCall) => {
      await director.turn?.(call);
      // What CloudFormation does takes real time, and none of the clock's: whoever asks sees what has become of it.
      if (call.operation.includes('Stack')) await this.clock.track(runAsHarness(() => this.scene.stage.silos.settled(tenantId)));
    };
    return this.scene.invoke(name, payload, { ...director, turn });
  }

  async #invokeStep(name: string, payload: Json): Promise<Json> {
    const { tenantId } = payload as { tenantId: string };
    const who = this.nameOf(tenantId);
    const invocation = this.stepOf(who, `invoke ${name}`);
    const earlier = this.#payloads.get(tenantId) ?? [];
    const fault = this.misfortunes.ofInvocation(invocation, this.clock.now());
    const [staleName, stalePayload] = this.chance.oneOf([...earlier, [name, payload] as const], invocation, 'stale');
    this.#payloads.set(tenantId, [...earlier, [name, payload]]);
    const later = async (mean: number, what: string, which: Json) => {
      await this.clock.sleep(this.chance.milliseconds(mean, invocation, 'duplicate'));
      return this.#runStep(what, which).catch(() => undefined);
    };
    switch (fault) {
      case 'not-invoked':
        throw new StatesError('Lambda.TooManyRequestsException', 'Refused by the walk.');
      case 'invoked-twice':
        await this.#runStep(name, payload);
        return this.#runStep(name, payload);
      case 'invoked-at-once':
        this.spawn(later(30, name, payload));
        return this.#runStep(name, payload);
      case 'stale-duplicate':
        this.spawn(later(20_000, staleName, stalePayload));
        return this.#runStep(name, payload);
      default:
        return this.#runStep(name, payload);
    }
  }

  /** Does something beside everything else. */
  spawn(doing: Promise<unknown>): void {
    doing.catch((error: Error) => this.wrong(`The walk itself broke: ${error.stack}`));
  }

  /** Lets happen what can, one event after the other, and looks after each at what was written. */
  async #untilIdle(): Promise<void> {
    for (let events = 0; this.#wrong.length === 0; events += 1) {
      if (!(await this.clock.advanceToNext())) return;
      if (this.#wrote) await this.#look();
      if (events > mostEvents) this.wrong(`It had not come to rest after ${mostEvents} events.`);
    }
  }

  async #look(): Promise<void> {
    this.#wrote = false;
    for (const { record, wakes } of await this.#ground.stream.read()) {
      const tenantId = record.dynamodb?.NewImage?.['tenantId']?.S;
      if (record.dynamodb?.Keys?.['pk']?.S === platform) await this.watch.lookAtPlatform();
      if (record.dynamodb?.Keys?.['sk']?.S === 'TENANT' && tenantId)
        this.watch.meet(tenantId, record.dynamodb?.NewImage?.['signupKeyHash']?.S);
      if (tenantId) for (const functionName of wakes) this.spawn(this.#deliver(functionName, { Records: [record] }, tenantId));
    }
    await this.billing.deliver();
    await this.watch.look();
    this.outside.sweepWhenNeeded();
  }

  /**
   * Records come in any order, late, and more than once: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html. What fails comes again.
   */
  async #deliver(functionName: string, event: object, tenantId: string): Promise<void> {
    const step = this.stepOf(this.nameOf(tenantId), `deliver to ${functionName}`);
    const late = this.chance.happens(0.1, step, 'late');
    await this.clock.sleep(this.chance.milliseconds(late ? 60_000 : 200, step, 'delivered'));
    let times = this.chance.happens(0.25, step, 'twice') ? 2 : 1;
    for (let attempt = 1; times > 0 && attempt <= mostDeliveries; attempt += 1) {
      const director = this.director(this.stepOf(this.nameOf(tenantId), functionName));
      const failures = await this.scene.call(functionName, event, director).then(
        (answer) => (answer as { batchItemFailures?: object[] } | undefined)?.batchItemFailures?.length ?? 0,
        () => 1,
      );
      if (failures === 0) times -= 1;
      await this.clock.sleep(this.chance.milliseconds(1_000 * Math.min(attempt, 30), step, 'again', attempt));
    }
    if (times > 0) this.wrong(`${step} failed ${mostDeliveries} times.`);
  }
}
