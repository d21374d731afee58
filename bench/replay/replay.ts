import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Credentials } from '../../local/stack-record.ts';
import type { MeteredRequest } from '../measure/meter.ts';
import type { MeasuredStack } from '../measure/stack.ts';
import { sessionOf } from './roles.ts';
import { clientOf, commandOf, type SdkCall, sdkCallOf } from './sdk-call.ts';

/** The tenant that smoke tests take for another's; it stays the same for every tenant. */
const foreignTenantId = '00000000-0000-4000-8000-000000000000';
const personal =
  /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\bu-[0-9a-f]{40}\b|\b[0-9a-f]{64}\b|\bbench-[0-9a-f]{20}\b|(?<=SIGNUP#)[\w-]{43}/g;

/** Gives each id, hash and name of the recorded tenant one of another tenant, always the same. */
class Renaming {
  readonly #kept: ReadonlySet<string>;
  readonly #names = new Map<string, string>();
  readonly #answers = new Map<string, string>();

  /** @param kept names that belong to the deployment and not to the tenant */
  constructor(kept: ReadonlySet<string>) {
    this.#kept = kept;
  }

  apply(text: string): string {
    let renamed = text.replace(personal, (name) => this.#nameFor(name));
    for (const [recorded, replayed] of this.#answers) renamed = renamed.replaceAll(recorded, replayed);
    return renamed;
  }

  /** What a service made for the recorded tenant is, from now on, what it made in the replay. */
  learn(recorded: string, replayed: string): void {
    if (recorded && replayed) this.#answers.set(recorded, replayed);
  }

  #nameFor(name: string): string {
    if (this.#kept.has(name)) return name;
    const known = this.#names.get(name);
    if (known) return known;
    const fresh = freshLike(name);
    this.#names.set(name, fresh);
    return fresh;
  }
}

/** A new name of the form that a recorded one has. */
function freshLike(name: string): string {
  const hex = (characters: number) => randomBytes(characters / 2).toString('hex');
  if (name.startsWith('u-')) return `u-${hex(40)}`;
  if (name.startsWith('bench-')) return `bench-${hex(20)}`;
  if (name.length === 64) return hex(64);
  return name.length === 43 ? randomBytes(32).toString('base64url') : randomUUID();
}

/** A recorded sequence of calls that can be made again for other tenants, by the same roles. */
export class Replay {
  readonly #stack: MeasuredStack;
  readonly #handlers: ReadonlyMap<string, string>;
  readonly calls: readonly SdkCall[];
  readonly #kept: ReadonlySet<string>;
  readonly #sessions = new Map<string, Credentials>();
  readonly #clients = new Map<string, ReturnType<typeof clientOf>>();

  constructor(stack: MeasuredStack, recorded: readonly MeteredRequest[], handlers: ReadonlyMap<string, string>, tenantId: string) {
    this.#stack = stack;
    this.#handlers = handlers;
    // What an invoked function calls is made by its invocation, and what the workflow invokes is what is replayed here.
    const own = ({ session }: SdkCall) => session.includes(tenantId) || /^(api|events|steps)\//.test(handlers.get(session) ?? '');
    this.calls = recorded
      .toSorted((one, other) => one.startedAt - other.startedAt)
      .flatMap((request) => sdkCallOf(request) ?? [])
      .filter(own);
    const keyIds = this.calls.flatMap(({ service, input }) =>
      service === 'kms' ? (input.match(personal) ?? []).filter((name) => isKeyId(input, name)) : [],
    );
    this.#kept = new Set([foreignTenantId, ...keyIds]);
  }

  /** Whether a call is a step's: of its function's role, or of a tenant's credentials that it was given. */
  #isOfStep({ session }: SdkCall): boolean {
    const handler = this.#handlers.get(session);
    return handler === undefined || handler.startsWith('steps/');
  }

  /** Makes the sessions of all functions' roles. */
  async prepare(): Promise<void> {
    const { endpoint, region, credentials } = this.#stack;
    const roles = this.calls.filter(({ session }) => this.#handlers.has(session)).map(({ role }) => role);
    for (const role of new Set(roles))
      if (!this.#sessions.has(role))
        this.#sessions.set(role, await sessionOf(role, () => ({ endpoint, region, credentials: { ...credentials } })));
  }

  /** Makes all calls, one after the other, for a tenant of its own, until one ends otherwise than recorded. @returns how long the steps' calls took, and that call */
  async run(): Promise<{ milliseconds: number; otherwise: string[] }> {
    const tenantSessions = new Map<string, Credentials>();
    try {
      return await this.#run(tenantSessions);
    } finally {
      this.#forget(tenantSessions);
    }
  }

  async #run(tenantSessions: Map<string, Credentials>): Promise<{ milliseconds: number; otherwise: string[] }> {
    const renaming = new Renaming(this.#kept);
    let milliseconds = 0;
    for (const call of this.calls) {
      const client = this.#client(call, tenantSessions);
      const command = commandOf(call, inputOf(call, renaming));
      const begun = performance.now();
      let answer: unknown;
      let failure: Error | undefined;
      try {
        answer = await untilNotThrottled(() => client.send(command));
      } catch (error) {
        failure = error as Error;
      }
      if (this.#isOfStep(call)) milliseconds += performance.now() - begun;
      if (Boolean(failure) !== call.failed)
        return { milliseconds, otherwise: [`${call.service}.${call.command} by ${call.role}: ${failure?.name ?? 'succeeded'}`] };
      if (answer) learn(call, answer, renaming, tenantSessions);
    }
    return { milliseconds, otherwise: [] };
  }

  /** A tenant's clients keep connections open that nobody needs any more. */
  #forget(tenantSessions: ReadonlyMap<string, Credentials>): void {
    const ids = new Set([...tenantSessions.values()].map(({ accessKeyId }) => accessKeyId));
    for (const [key, client] of this.#clients) {
      if (!ids.has(key.split(' ')[1] ?? '')) continue;
      client.destroy();
      this.#clients.delete(key);
    }
  }

  #client(call: SdkCall, tenantSessions: ReadonlyMap<string, Credentials>) {
    const { endpoint, region } = this.#stack;
    const vended = tenantSessions.get(call.accessKeyId);
    // A tenant's credentials are new each time, and so is their client, as it is in the handlers.
    const key = `${call.service} ${vended?.accessKeyId ?? call.role}`;
    const present = this.#clients.get(key);
    if (present) return present;
    const session = vended ?? this.#sessions.get(call.role);
    if (!session) throw new Error(`There is no session of ${call.role}.`);
    const client = clientOf(call.service, { endpoint, region }, session);
    this.#clients.set(key, client);
    return client;
  }
}

/** Makes a call again that a rate refused; nothing else is. */
async function untilNotThrottled(call: () => Promise<unknown>): Promise<unknown> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!['TooManyRequestsException', 'Throttling'].includes((error as Error).name)) throw error;
      await delay(throttledMilliseconds * Math.random());
    }
  }
}
/** As long as a rate's bucket takes to fill, so that what waits asks a few times for its turn, and not all the time. */
const throttledMilliseconds = 1_000;

/** The ids of KMS keys have the form of tenants' ids. */
const isKeyId = (input: string, name: string) => String((JSON.parse(input) as { KeyId?: string }).KeyId).includes(name);

/** An invocation's payload is itself text with names in it. */
function inputOf(call: SdkCall, renaming: Renaming): string {
  if (call.command !== 'Invoke') return renaming.apply(call.input);
  const input = JSON.parse(call.input) as { FunctionName: string; Payload: string };
  const payload = renaming.apply(Buffer.from(input.Payload, 'base64').toString());
  return JSON.stringify({ ...input, Payload: Buffer.from(payload).toString('base64') });
}

/** Keys that KMS wrapped and credentials that were vended stand in later calls. */
function learn(call: SdkCall, answer: unknown, renaming: Renaming, tenantSessions: Map<string, Credentials>): void {
  if (call.service === 'kms') {
    const { CiphertextBlob } = answer as { CiphertextBlob?: Uint8Array };
    const recorded = (JSON.parse(call.response) as { CiphertextBlob?: string }).CiphertextBlob;
    if (recorded && CiphertextBlob) renaming.learn(recorded, Buffer.from(CiphertextBlob).toString('base64'));
  }
  if (call.command === 'Invoke') {
    const { Payload } = answer as { Payload?: Uint8Array };
    const recorded = JSON.parse(call.response || '{}') as Partial<Credentials>;
    const replayed = JSON.parse(Buffer.from(Payload ?? []).toString() || '{}') as Partial<Credentials>;
    if (recorded.accessKeyId && replayed.accessKeyId) tenantSessions.set(recorded.accessKeyId, replayed as Credentials);
  }
}
