/** A body as it went over the wire: text, or base64 of what is none. */
export type MeteredBody = { readonly text?: string; readonly base64?: string };

/** A request to an AWS service that the local stack answered. Times are in milliseconds, `startedAt` since the epoch. */
export interface MeteredRequest {
  readonly kind: 'request';
  readonly service: string;
  /** The operation, such as PutItem; empty where the service has REST paths. */
  readonly action: string;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, readonly string[] | string>>;
  /** The ARN of the session that asked. */
  readonly caller: string;
  readonly accessKeyId: string;
  readonly startedAt: number;
  readonly milliseconds: number;
  readonly status: number;
  readonly request: MeteredBody;
  readonly response: MeteredBody;
}

/** An invocation of a function. `cold` ones started a process first. */
export interface MeteredInvocation {
  readonly kind: 'invocation';
  readonly function: string;
  readonly memoryMegabytes: number;
  readonly startedAt: number;
  readonly milliseconds: number;
  readonly cold: boolean;
  readonly failed: boolean;
  /** What the function logged. */
  readonly logBytes: number;
}

export interface Measurement {
  readonly requests: readonly MeteredRequest[];
  readonly invocations: readonly MeteredInvocation[];
}

/** The meter of a local stack (local/ministack/tenantry_ministack/meter.py), which records everything between its start and its end. */
export class Meter {
  readonly #url: string;

  constructor(endpoint: string) {
    this.#url = `${endpoint}/_tenantry/meter`;
  }

  /** Begins anew. */
  async start(): Promise<void> {
    await this.#ask('POST');
  }

  /** @returns what was recorded so far, while recording goes on */
  async read(): Promise<Measurement> {
    return this.#ask('GET');
  }

  /** Ends the recording. @returns what was recorded, in the order in which it ended */
  async stop(): Promise<Measurement> {
    return this.#ask('DELETE');
  }

  async #ask(method: string): Promise<Measurement> {
    const answer = await fetch(this.#url, { method });
    if (!answer.ok) throw new Error(`The local stack has no meter: ${this.#url} answered ${answer.status}.`);
    const { records } = (await answer.json()) as { records: (MeteredRequest | MeteredInvocation)[] };
    return {
      requests: records.filter((record) => record.kind === 'request'),
      invocations: records.filter((record) => record.kind === 'invocation'),
    };
  }
}

/** The text of a body; bytes are decoded as UTF-8. */
export const textOf = ({ text, base64 }: MeteredBody): string => text ?? Buffer.from(base64 ?? '', 'base64').toString('utf8');
