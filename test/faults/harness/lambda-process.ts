import type { VirtualClock } from '../../../local/step-functions/virtual-clock.ts';
import { door } from './door.ts';
import type { Refusal } from './refusals.ts';

/** One call of an AWS SDK client, numbered within the process of the function that was invoked. */
export interface AwsCall {
  /** The function that the process runs. */
  readonly functionName: string;
  /** From 1, in the order in which the process makes its calls; those of a function that it invokes are among them. */
  readonly index: number;
  /** `AdminCreateUser`. */
  readonly operation: string;
  /** The command's input, as its SDK takes it. */
  readonly input: object;
}

/** What the wire does with a request. `refuse` answers it with an error without serving it; `lose-answer` serves it, and breaks the connection; `send-twice` does so too, and the SDK sends the same request again. */
export type WireTreatment =
  | { readonly wire: 'serve' | 'reset' | 'lose-answer' | 'send-twice' }
  | { readonly wire: 'refuse'; readonly refusal: Refusal };

/** What happens to one call. Before and after it the process may be killed or held; `around`: it is held before and after, and nobody else makes a call meanwhile. */
export interface Treatment {
  readonly kill?: 'before' | 'after';
  readonly hold?: 'before' | 'after' | 'around';
  readonly on: WireTreatment;
}

export const served: Treatment = { on: { wire: 'serve' } };

/** How a call ended, for whoever keeps a trace. */
export interface CallOutcome {
  readonly call: AwsCall;
  readonly treatment: Treatment;
  /** `ok`, or the name of the error that the caller got; nothing for a caller that is dead. */
  readonly outcome: string | undefined;
}

/** Decides on the calls of a process. */
export interface CallDirector {
  /** Resolves when it is the call's turn; without it, that is at once. */
  turn?(call: AwsCall): Promise<void>;
  treat(call: AwsCall): Treatment;
  /** Resolves when a process that is held may go on. */
  held(call: AwsCall): Promise<void>;
  ended(outcome: CallOutcome): void;
}

/** Serves every call. */
export const undisturbed: CallDirector = { treat: () => served, held: () => Promise.resolve(), ended: () => undefined };

/** What a crash of the runtime is called: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html */
class ProcessCrashed extends Error {
  override readonly name = 'Runtime.ExitError';
}

/** A step makes some fifty calls; code that makes so many never comes to an end, and AWS would end it by the function's time limit. */
const mostCalls = 1_000;

const never = () => new Promise<never>(() => undefined);
/** Every chain of resolved promises has run to its end after a turn of the event loop. */
const turnOfTheLoop = () => new Promise((resolve) => setImmediate(resolve));

/**
 * What runs one invocation of a function. Its calls are made one at a time, in the order in which they are asked for, so that they have the same numbers in every run. The
 * virtual clock stands still while it works.
 */
export class LambdaProcess {
  readonly clock: VirtualClock;
  readonly #functionName: string;
  readonly #director: CallDirector;
  readonly #crash = Promise.withResolvers<never>();
  #turn: Promise<unknown> = Promise.resolve();
  #calls = 0;
  #dead = false;
  #rest = () => {};

  constructor(functionName: string, clock: VirtualClock, director: CallDirector) {
    this.#functionName = functionName;
    this.clock = clock;
    this.#director = director;
    this.#crash.promise.catch(() => undefined);
  }

  /** Runs the function's code. Throws ProcessCrashed when the process is killed. */
  async run<Answer>(code: () => Promise<Answer>): Promise<Answer> {
    this.#work();
    try {
      return await Promise.race([code(), this.#crash.promise]);
    } finally {
      // What the code did not wait for is frozen with its environment: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
      this.#dead = true;
      this.#rest();
    }
  }

  /** Ends the process: nothing of its code goes on. */
  kill(): void {
    this.#dead = true;
    this.#rest();
    this.#crash.reject(new ProcessCrashed('The process was killed.'));
  }

  /** Waits in virtual time. */
  sleep(milliseconds: number): Promise<void> {
    return this.#resting(() => this.clock.sleep(milliseconds));
  }

  /** Makes a call; `invokes` says that functions called in turn make theirs meanwhile. */
  call<Answer>(
    what: Pick<AwsCall, 'operation' | 'input'>,
    invokes: boolean,
    send: (wire: WireTreatment) => Promise<Answer>,
  ): Promise<Answer> {
    const made = (invokes ? Promise.resolve() : this.#turn).then(() => this.#make(what, invokes, send));
    if (!invokes) this.#turn = made.then(turnOfTheLoop, turnOfTheLoop);
    return made;
  }

  async #make<Answer>(
    what: Pick<AwsCall, 'operation' | 'input'>,
    invokes: boolean,
    send: (wire: WireTreatment) => Promise<Answer>,
  ): Promise<Answer> {
    if (this.#dead) return never();
    this.#calls += 1;
    if (this.#calls > mostCalls) {
      this.kill();
      return never();
    }
    const call: AwsCall = { functionName: this.#functionName, index: this.#calls, ...what };
    if (this.#director.turn) {
      await this.#resting(async () => this.#director.turn?.(call));
      if (this.#dead) return never();
    }
    const treatment = this.#director.treat(call);
    const tell = (outcome: string | undefined) => this.#director.ended({ call, treatment, outcome });
    const isAlone = treatment.hold === 'around';
    const open = isAlone ? await this.clock.track(door.close()) : undefined;
    if (isAlone || treatment.hold === 'before') await this.#resting(() => this.#director.held(call));
    if (treatment.kill === 'before') this.kill();
    if (this.#dead) {
      open?.();
      tell(undefined);
      return never();
    }
    const sent = (isAlone || invokes ? send(treatment.on) : door.through(() => send(treatment.on))).then(
      (answered) => ({ answer: answered, error: undefined }),
      (thrown: unknown) => ({ answer: undefined, error: thrown }),
    );
    // A function that it invokes may be held or killed, and rests the clock by itself.
    const { answer, error } = await (invokes ? sent : this.clock.track(sent));
    if (treatment.kill === 'after') this.kill();
    if (isAlone || treatment.hold === 'after') await this.#resting(() => this.#director.held(call));
    open?.();
    tell(this.#dead ? undefined : error === undefined ? 'ok' : (error as Error).name);
    if (this.#dead) return never();
    if (error !== undefined) throw error;
    return answer as Answer;
  }

  /** Holds the clock until `#rest`. */
  #work(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#rest = resolve;
    void this.clock.track(promise);
  }

  async #resting(wait: () => Promise<void>): Promise<void> {
    this.#rest();
    await wait();
    if (!this.#dead) this.#work();
  }
}
