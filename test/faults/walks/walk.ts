import { loadCatalog } from '../../../catalog/catalog.ts';
import type { Operation } from '../../../contracts/routes.ts';
import type { Json } from '../../../local/step-functions/json.ts';
import { StatesError } from '../../../local/step-functions/states-error.ts';
import type { StatusChange } from '../../../local/step-functions/status-change.ts';
import { treatments } from '../cases/treatments.ts';
import { type Parts, requestOf } from '../harness/customer.ts';
import { type AwsCall, type CallDirector, served } from '../harness/lambda-process.ts';
import { Scene, type Stage } from '../harness/scene.ts';
import type { Stream } from '../harness/stream.ts';
import { Chance } from './chance.ts';
import { Customer } from './customers.ts';
import { idsOf } from './ids.ts';
import { Misfortunes } from './misfortunes.ts';
import type { Snapshots } from './snapshots.ts';
import type { TraceStep } from './trace.ts';
import { Watch } from './watch.ts';

/** What walks are made on. */
export interface Ground {
  readonly stage: Stage;
  readonly stream: Stream;
  readonly snapshots: Snapshots;
  readonly tiers: readonly string[];
}

/** Which walk it is. */
export interface WalkOptions {
  readonly seed: number;
  /** How often this process has made walks before, and this one: what is made anew each time differs by them. */
  readonly walksBefore: number;
  readonly sameBefore: number;
  /** The names of misfortunes and customers that are left out. */
  readonly without?: ReadonlySet<string>;
}

const day = 86_400_000;
/** Walks of one process do not see each other's signups expire: each is earlier than those before by more than it lasts. */
const startsAtOf = (walksBefore: number) => Date.UTC(2026, 2, 1) - walksBefore * 30 * day;
const mostEvents = 20_000;
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
  /** When signups end that were not confirmed. */
  readonly expiresAt: number;
  readonly #ground: Ground;
  readonly #startsAt: number;
  readonly #wrong: string[] = [];
  readonly #counts = new Map<string, number>();
  readonly #payloads = new Map<string, [name: string, payload: Json][]>();
  readonly #watch: Watch;
  #wrote = false;

  constructor(ground: Ground, options: WalkOptions) {
    this.#ground = ground;
    this.#startsAt = startsAtOf(options.walksBefore);
    this.chance = new Chance(options.seed);
    this.newId = idsOf(options.seed, options.sameBefore);
    const pendingDays = Math.min(...loadCatalog().tiers.map((tier) => tier.pendingDays));
    this.expiresAt = this.#startsAt + pendingDays * day;
    const without = options.without ?? new Set();
    this.misfortunes = new Misfortunes(this.chance, this.#startsAt, this.expiresAt, without);
    this.scene = new Scene(ground.stage, options.seed, this.#director('?', undefined), (name, payload) => this.#invokeStep(name, payload), {
      startsAt: this.#startsAt,
      newId: this.newId,
      onStatusChange: (change) => this.#onStatusChange(change),
    });
    const customers: Customer[] = [];
    for (let place = 0; place < this.chance.between(2, 5, 'customers'); place += 1) {
      const name = String.fromCharCode('A'.charCodeAt(0) + place);
      const rival = place > 0 && this.chance.happens(0.25, name, 'wants the slug of another') ? customers[place - 1] : undefined;
      customers.push(new Customer(this, name, this.chance.oneOf(ground.tiers, name, 'tier'), rival));
    }
    this.customers = customers.filter(({ name }) => !without.has(`customer-${name}`));
    const executions = () => this.scene.engine.executions.ofStateMachine(ground.stage.workflows.onboard.arn);
    this.#watch = new Watch(ground.snapshots, this.customers, executions, (what) => this.wrong(what));
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
    for (const customer of this.customers) this.#spawn(customer.live());
    this.#spawn(this.#expireSignups());
    await this.#untilIdle();
    for (let round = 0; round < 3 && this.#wrong.length === 0; round += 1) {
      const stuck = this.#watch.unfinished();
      for (const tenantId of stuck) this.#spawn(this.#redrive(tenantId));
      if (stuck.length > 0) await this.#untilIdle();
    }
    if (this.#wrong.length === 0) this.#watch.ended();
    this.scene.engine.close();
    return this.#wrong;
  }

  /** Sends a request until it is answered: what a client does who gets no answer, or is told to come again. */
  async request(operation: Operation, who: string, parts: Parts): Promise<{ readonly status: number; readonly body: unknown }> {
    for (let attempt = 1; ; attempt += 1) {
      const step = this.#stepOf(who, operation);
      try {
        const answer = (await this.scene.call(operation, requestOf(operation, parts), this.#director(step, undefined))) as {
          statusCode: number;
          body: string;
        };
        const body = JSON.parse(answer.body) as { type?: string };
        if (answer.statusCode < 500 && !body.type?.endsWith('signup-in-progress')) return { status: answer.statusCode, body };
      } catch {
        // The function crashed, which API Gateway answers with 502.
      }
      await this.clock.sleep(this.chance.milliseconds(1_000 * Math.min(attempt, 10), step, 'again'));
    }
  }

  #stepOf(who: string, functionName: string): string {
    const name = `${who}/${functionName}`;
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    return `${name}#${count}`;
  }

  /** @param again runs the same invocation once more, beside the one that is held */
  #director(step: string, again: (() => Promise<unknown>) | undefined): CallDirector {
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
      ended: ({ call, outcome }) => {
        if (!reads.test(call.operation)) this.#wrote = true;
        this.trace.push({
          at: this.clock.now() - this.#startsAt,
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
    this.#watch.touch(tenantId);
    const step = this.#stepOf(this.#watch.nameOf(tenantId), name);
    return this.scene.invoke(
      name,
      payload,
      this.#director(step, () => this.#runStep(name, payload).catch(() => undefined)),
    );
  }

  async #invokeStep(name: string, payload: Json): Promise<Json> {
    const { tenantId } = payload as { tenantId: string };
    const who = this.#watch.nameOf(tenantId);
    const invocation = this.#stepOf(who, `invoke ${name}`);
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
        this.#spawn(later(30, name, payload));
        return this.#runStep(name, payload);
      case 'stale-duplicate':
        this.#spawn(later(20_000, staleName, stalePayload));
        return this.#runStep(name, payload);
      default:
        return this.#runStep(name, payload);
    }
  }

  /** The schedule, as it comes around the time when signups end; the last time undisturbed. */
  async #expireSignups(): Promise<void> {
    const run = async (at: number) => {
      await this.clock.sleep(at - this.clock.now());
      const director = this.#director(this.#stepOf('-', 'ExpireSignups'), undefined);
      await this.scene.call('ExpireSignups', {}, director).catch(() => undefined);
    };
    const minute = 60_000;
    const first = this.expiresAt + this.chance.between(0, 2_000, 'schedule');
    await Promise.all(
      [first, first + this.chance.between(10, 500, 'schedule twice'), this.expiresAt + 15 * minute, this.expiresAt + 30 * minute].map(run),
    );
  }

  /** Whoever watches sees that an execution has ended badly, and has it go on; sometimes two see it. */
  #onStatusChange({ status, input, name, redriveCount }: StatusChange): void {
    if (!['FAILED', 'TIMED_OUT', 'ABORTED'].includes(status)) return;
    const { tenantId } = JSON.parse(input ?? '{}') as { tenantId: string };
    const about = [this.#watch.nameOf(tenantId), name.slice(-1), redriveCount] as const;
    const people = this.chance.happens(0.2, ...about, 'two look') ? 2 : 1;
    for (let person = 1; person <= people; person += 1) {
      const looks = async () => {
        await this.clock.sleep(this.chance.milliseconds(60_000, ...about, 'looks', person));
        await this.#redrive(tenantId, this.chance.happens(0.2, ...about, 'new generation', person));
      };
      this.#spawn(looks());
    }
  }

  async #redrive(tenantId: string, newGeneration = false): Promise<void> {
    const { status, body } = await this.request('RedriveTenant', this.#watch.nameOf(tenantId), {
      path: { tenantId },
      body: { reason: 'The walk goes on.', ...(newGeneration ? { newGeneration } : {}) },
      claims: { sub: 'c0ffee00-0000-4000-8000-000000000001', 'cognito:groups': 'operators' },
    });
    // 409: it goes on already, or is done.
    if (![200, 202, 409].includes(status))
      this.wrong(`A redrive of ${this.#watch.nameOf(tenantId)} got ${status}: ${JSON.stringify(body)}`);
  }

  #spawn(doing: Promise<unknown>): void {
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
      if (record.dynamodb?.Keys?.['sk']?.S === 'TENANT' && tenantId)
        this.#watch.meet(tenantId, record.dynamodb?.NewImage?.['signupKeyHash']?.S);
      if (tenantId) for (const functionName of wakes) this.#spawn(this.#deliver(functionName, { Records: [record] }, tenantId));
    }
    await this.#watch.look();
  }

  /**
   * Records come in any order, late, and more than once: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html. What fails comes again.
   */
  async #deliver(functionName: string, event: object, tenantId: string): Promise<void> {
    const step = this.#stepOf(this.#watch.nameOf(tenantId), `deliver to ${functionName}`);
    const late = this.chance.happens(0.1, step, 'late');
    await this.clock.sleep(this.chance.milliseconds(late ? 60_000 : 200, step, 'delivered'));
    let times = this.chance.happens(0.25, step, 'twice') ? 2 : 1;
    for (let attempt = 1; times > 0 && attempt <= mostDeliveries; attempt += 1) {
      const director = this.#director(this.#stepOf(this.#watch.nameOf(tenantId), functionName), undefined);
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
