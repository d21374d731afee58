import type { StatusChange } from '../../../local/step-functions/status-change.ts';
import { wakesReview } from '../deliveries/deliver.ts';
import { badEnds } from './outside-rules.ts';
import type { Walk } from './walk.ts';
import type { Watch } from './watch.ts';

const minute = 60_000;
/** As lib/pipeline-stack.ts schedules it. */
const sweepMilliseconds = 5 * minute;
/** An asynchronous invocation that fails is tried twice more, a minute and two later: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const tries = [minute, 2 * minute, 0];

const staff = { sub: 'c0ffee00-0000-4000-8000-000000000001', 'cognito:groups': 'operators' };

/** What looks at runs from outside, and the people who look at what it has found. */
export class Outside {
  readonly #walk: Walk;
  readonly #watch: Watch;
  /** Tenants that somebody has taken on. */
  readonly #taken = new Set<string>();
  #sweeping = false;

  constructor(walk: Walk, watch: Watch) {
    this.#walk = walk;
    this.#watch = watch;
  }

  /** Step Functions tells of an execution, or should have: the event is lost, late or doubled. Now and then somebody sits before the console and needs none. */
  told(change: StatusChange): void {
    const { tenantId } = JSON.parse(change.input ?? '{}') as { tenantId: string };
    const who = this.#walk.nameOf(tenantId);
    const { chance } = this.#walk;
    this.#watch.executionChanged(tenantId, change, this.#walk.clock.now());
    if (wakesReview(change)) {
      const event = this.#walk.stepOf(who, `tell of ${change.status}`);
      const times = chance.happens(0.2, event, 'lost') ? 0 : chance.happens(0.25, event, 'twice') ? 2 : 1;
      for (let time = 1; time <= times; time += 1)
        this.#walk.spawn(this.#review(who, { source: 'aws.states', detail: change }, event, time));
    }
    const seen = this.#walk.stepOf(who, 'console');
    if (badEnds.includes(change.status) && chance.happens(0.3, seen, 'looks')) this.#attend(tenantId, 'RunFailed');
  }

  /** A finding was opened, which alerts somebody; sometimes two see to it. */
  found(tenantId: string, kind: string): void {
    this.#attend(tenantId, kind);
    if (this.#walk.chance.happens(0.2, this.#walk.stepOf(this.#walk.nameOf(tenantId), 'alert'), 'two look'))
      this.#walk.spawn(this.#look(tenantId));
  }

  /** Has the sweep come by its schedule for as long as there is something for it to see. What it would not see anything in is left out. */
  sweepWhenNeeded(): void {
    if (this.#sweeping || !this.#watch.needsSweep()) return;
    this.#sweeping = true;
    this.#walk.spawn(this.#sweep());
  }

  /** Onboarding is paused by hand for a while, in some walks. */
  async pauseByHand(): Promise<void> {
    const { chance, clock } = this.#walk;
    if (!chance.happens(0.15, 'pauses by hand')) return;
    await clock.sleep(chance.milliseconds(20_000, 'pauses by hand', 'at'));
    const parts = { body: { reason: 'The walk says so.' }, claims: staff };
    await this.#walk.request('PauseOnboarding', '-', parts);
    await clock.sleep(chance.between(5 * minute, 60 * minute, 'pauses by hand', 'lasts'));
    await this.#walk.request('ResumeOnboarding', '-', parts);
  }

  async #review(who: string, event: object, about: string, time: number): Promise<void> {
    const { chance, clock, scene } = this.#walk;
    const late = chance.happens(0.15, about, time, 'late');
    await clock.sleep(chance.milliseconds(late ? 10 * minute : 500, about, time, 'delivered'));
    for (const wait of tries) {
      const director = this.#walk.director(this.#walk.stepOf(who, 'ReviewRun'));
      const reviewed = await scene.call('ReviewRun', event, director).then(
        () => true,
        () => false,
      );
      if (reviewed) return;
      await clock.sleep(wait);
    }
  }

  async #sweep(): Promise<void> {
    const { chance, clock, scene, startsAt, misfortunes } = this.#walk;
    const phase = chance.between(0, sweepMilliseconds - 1, 'sweep');
    for (;;) {
      await clock.sleep(sweepMilliseconds - ((clock.now() - startsAt + phase) % sweepMilliseconds));
      if (!this.#watch.needsSweep()) break;
      const beganAt = clock.now();
      const step = this.#walk.stepOf('-', 'SweepTenants');
      const sweep = (name = step) =>
        scene.call('SweepTenants', {}, this.#walk.director(name)).then(
          () => undefined,
          (error: Error) => error,
        );
      const [failed, failedToo] = await Promise.all([
        sweep(),
        ...(chance.happens(0.1, step, 'twice') ? [sweep(this.#walk.stepOf('-', 'SweepTenants'))] : []),
      ]);
      if (!failed && !failedToo) for (const tenantId of await clock.track(this.#watch.swept(beganAt))) this.#attend(tenantId, 'RunFailed');
      else if (!misfortunes.at(beganAt)) this.#walk.wrong(`SweepTenants failed when nothing else did: ${(failed ?? failedToo)?.message}`);
    }
    this.#sweeping = false;
  }

  #attend(tenantId: string, kind: string): void {
    // A step that is late is waited for, and a run that could not be started is started by the sweep.
    if (!['RunFailed', 'RunTimedOut', 'RunAborted', 'RunLost'].includes(kind) || this.#taken.has(tenantId)) return;
    this.#taken.add(tenantId);
    this.#walk.spawn(this.#look(tenantId).finally(() => this.#taken.delete(tenantId)));
  }

  async #look(tenantId: string): Promise<void> {
    const who = this.#walk.nameOf(tenantId);
    const { chance, clock, misfortunes } = this.#walk;
    const looks = this.#walk.stepOf(who, 'looks');
    // Who knows that a step fails for everybody does not try each of them every minute.
    await clock.sleep(chance.milliseconds((misfortunes.badDay ? 12 : 2) * minute, looks));
    const newGeneration = chance.happens(0.2, looks, 'new generation');
    const { status, body } = await this.#walk.request('RedriveTenant', who, {
      path: { tenantId },
      body: { reason: 'The walk goes on.', ...(newGeneration ? { newGeneration } : {}) },
      claims: staff,
    });
    // 409: it goes on already, or is done.
    if (![200, 202, 409].includes(status)) this.#walk.wrong(`A redrive of ${who} got ${status}: ${JSON.stringify(body)}`);
  }
}
