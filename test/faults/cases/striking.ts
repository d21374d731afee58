import type { Json } from '../../../local/step-functions/json.ts';
import { StatesError } from '../../../local/step-functions/states-error.ts';
import type { TaskCall } from '../../../local/step-functions/task-invoker-contract.ts';
import { type AwsCall, type CallDirector, type CallOutcome, served, type Treatment, undisturbed } from '../harness/lambda-process.ts';
import type { Scene } from '../harness/scene.ts';
import { runAsHarness } from '../harness/sdk-calls.ts';
import { isUndoneToo } from '../strangers/claims.ts';
import type { Stranger } from '../strangers/occupy.ts';
import type { Strangers } from '../strangers/strangers.ts';
import type { CallFault, ClaimFault, FaultCase } from './fault-case.ts';
import { errorOfClass } from './retries.ts';
import { treatments } from './treatments.ts';

/** Nobody can invoke the function, and not for want of room, which would be tried for much longer: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors */
export const notInvoked = () => new StatesError('Lambda.ServiceException', 'Refused by the fault matrix.');

/** Has one fault befall its step in one run of the workflow, once. */
export class Striking implements CallDirector {
  readonly faultCase: FaultCase;
  readonly #scene: () => Scene;
  readonly #payloads: ReadonlyMap<string, Json>;
  #struck = false;
  #resumed = false;
  #callsBefore = 0;
  #callsNow = 0;
  #attemptsSince = 0;
  readonly #repair: string[] = [];
  /** Of the attempts after the fault: whoever was held then is still of the attempt that the fault befell. */
  readonly #afterwards: CallDirector = {
    ...undisturbed,
    treat: ({ operation }) => {
      if (this.#attemptsSince === 1) this.#repair.push(operation);
      return served;
    },
  };
  #held = Promise.withResolvers<void>();
  #signal: AbortSignal | undefined;
  /** How often the step still fails, of a `failed-as`: as often as the Retry mends, or once more where something else is to mend it. */
  #failuresLeft: number;
  readonly #strangers: Strangers;
  #stranger: Stranger | undefined;
  readonly #problems: string[] = [];

  constructor(faultCase: FaultCase, scene: () => Scene, payloads: ReadonlyMap<string, Json>, strangers: Strangers) {
    this.#strangers = strangers;
    this.faultCase = faultCase;
    this.#scene = scene;
    this.#payloads = payloads;
    const { fault, way, retries = 0 } = faultCase;
    this.#failuresLeft = fault !== 'failed-as' ? 0 : way === 'retry' && retries > 0 ? retries : retries + 1;
  }

  get struck(): boolean {
    return this.#struck;
  }

  get resumed(): boolean {
    return this.#resumed;
  }

  /** It struck, and the step can be invoked again. */
  get over(): boolean {
    return this.#struck && this.#failuresLeft === 0 && !this.#mayNotBeInvoked() && !this.#stranger;
  }

  /** The calls of the first attempt after the fault. */
  get repair(): readonly string[] {
    return this.#repair;
  }

  /** From now on the step can be invoked again. */
  resume(): void {
    this.#resumed = true;
    this.#failuresLeft = 0;
  }

  /** @returns whether the Retry has tried again as often as it must, and no more, when the execution ended with this error */
  retriedWell(error: string | undefined): boolean {
    const { fault, what } = this.faultCase;
    return fault !== 'failed-as' || this.#resumed || (this.#failuresLeft === 0 && error === errorOfClass(what));
  }

  /** Lets whoever it holds go on: nothing else will. */
  release(): void {
    if (this.#struck) this.#held.resolve();
  }

  /** Invokes the step for the workflow. */
  async invoke(payload: Json, { signal }: TaskCall): Promise<Json> {
    if (this.#failuresLeft > 0) {
      this.#failuresLeft -= 1;
      this.#struck = true;
      throw new StatesError(errorOfClass(this.faultCase.what), 'It failed as the fault matrix says.');
    }
    if (this.#mayNotBeInvoked()) throw notInvoked();
    this.#signal = signal;
    this.#callsBefore += this.#callsNow;
    this.#callsNow = 0;
    const already = this.#struck;
    if (already) this.#attemptsSince += 1;
    try {
      const answer = await this.#strikeStep(payload);
      if (this.#struck && this.#mayNotBeInvoked()) throw notInvoked();
      return answer;
    } finally {
      // Whoever was held until a later attempt ended goes on now.
      if (already) this.#held.resolve();
    }
  }

  treat({ index, operation }: AwsCall): Treatment {
    this.#callsNow = index;
    const { call, what, fault } = this.faultCase;
    if (this.#struck || call === 0 || this.#callsBefore + index !== call || operation !== what) return served;
    this.#struck = true;
    return treatments[fault as CallFault | ClaimFault];
  }

  async held(call: AwsCall): Promise<void> {
    const { fault, state } = this.faultCase;
    if (fault === 'occupied' || fault === 'forestalled') {
      await this.#scene().clock.track(runAsHarness(() => this.#meetStranger(call)));
      return;
    }
    if (fault === 'overtaken') {
      await this.#again(state);
      return;
    }
    if (fault === 'timed-out') this.#signal?.addEventListener('abort', () => this.#held.resolve());
    await this.#held.promise;
  }

  ended(_outcome: CallOutcome): void {}

  /**
   * Takes away what another has where the step looks for its own.
   * @param restoring whether what was there before is put back
   * @returns in what it is not as it was put there, in words
   */
  async leave(restoring: boolean): Promise<string[]> {
    const { state, what, fault } = this.faultCase;
    const stranger = this.#stranger;
    this.#stranger = undefined;
    if (stranger) {
      const changed = await stranger.changed();
      if (fault === 'occupied' && restoring && !this.#resumed)
        this.#problems.push('It went on, and what it looks for is another tenant’s.');
      if (changed && (restoring || !isUndoneToo(state, what))) this.#problems.push(changed);
      await stranger.leave(restoring);
    }
    return this.#problems.splice(0);
  }

  /** Puts it there, and takes it away after a call that it was there for alone. */
  async #meetStranger(call: AwsCall): Promise<void> {
    const { state, condition } = this.faultCase;
    const { tenantId } = this.#payloads.get(state) as { tenantId: string };
    try {
      if (this.#stranger) this.#problems.push(...(await this.leave(true)));
      else this.#stranger = await this.#strangers.at(call, tenantId, condition);
    } catch (error) {
      this.#problems.push(`What is another tenant's could not be put there, or taken away: ${error}`);
    }
  }

  /** After the fault, and until the way is gone, the workflow cannot reach the step. */
  #mayNotBeInvoked(): boolean {
    const { way, fault, retries } = this.faultCase;
    // What is another's keeps the step from going on by itself.
    if (fault === 'occupied' || fault === 'forestalled') return false;
    const isRetried = way === 'retry' && !(fault === 'failed-as' && retries === 0);
    return this.#struck && this.#failuresLeft === 0 && !isRetried && !this.#resumed;
  }

  async #strikeStep(payload: Json): Promise<Json> {
    const { state, what, fault } = this.faultCase;
    const invoke = () => this.#scene().invoke(state, payload, this);
    if (this.#struck) return this.#scene().invoke(state, payload, this.#afterwards);
    switch (fault) {
      case 'invoked-twice': {
        this.#struck = true;
        const first = await invoke();
        const second = await this.#scene().invoke(state, payload, this);
        if (JSON.stringify(first) !== JSON.stringify(second))
          throw new StatesError('SecondAnswerDiffers', JSON.stringify({ first, second }));
        return second;
      }
      case 'invoked-at-once': {
        this.#struck = true;
        const [first, second] = await Promise.allSettled([invoke(), this.#again(state)]);
        if (first.status === 'fulfilled') return first.value;
        if (second.status === 'fulfilled' && second.value !== undefined) return second.value;
        throw first.reason;
      }
      case 'stale-duplicate':
        this.#struck = true;
        await this.#again(what);
        return invoke();
      default:
        return invoke();
    }
  }

  /** A duplicate of an invocation; nobody waits for what it answers, or hears how it fails. */
  async #again(step: string): Promise<Json | undefined> {
    const payload = this.#payloads.get(step);
    if (payload === undefined) throw new Error(`${step} has not been invoked yet.`);
    return this.#scene()
      .invoke(step, payload, undisturbed)
      .catch(() => undefined);
  }
}
