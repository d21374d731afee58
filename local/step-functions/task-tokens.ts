import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Json } from './json.ts';
import type { RandomSource } from './random.ts';
import type { StatesError } from './states-error.ts';

/** The task that waits for a token. */
export interface TokenWaiter {
  succeed(output: Json): void;
  fail(error: StatesError): void;
  heartbeat(): void;
}

/** What is known of a token: `closed` means that it was issued here and its task is over. */
export type TokenState = { readonly kind: 'open'; readonly waiter: TokenWaiter } | { readonly kind: 'closed' | 'unknown' | 'malformed' };

/**
 * Task tokens, in the form `<base64url of the state machine's ARN>.<random and proof>`. The ARN in front lets a caller's permission on the state machine be
 * checked before the token is known; the proof tells a closed token from an invented one without keeping all that were ever issued.
 */
export class TaskTokens {
  readonly #waiting = new Map<string, TokenWaiter>();
  readonly #random: RandomSource;
  readonly #key: Uint8Array;

  constructor(random: RandomSource) {
    this.#random = random;
    this.#key = random.bytes(32);
  }

  issue(stateMachineArn: string): string {
    const body = `${Buffer.from(stateMachineArn).toString('base64url')}.${Buffer.from(this.#random.bytes(32)).toString('base64url')}`;
    return `${body}${this.#proof(body)}`;
  }

  /** Lets the token complete a task; the answer closes it. */
  open(token: string, waiter: TokenWaiter): () => void {
    this.#waiting.set(token, waiter);
    return () => this.#waiting.delete(token);
  }

  look(token: string): TokenState {
    const waiter = this.#waiting.get(token);
    if (waiter) return { kind: 'open', waiter };
    if (!/^[\w-]+\.[\w-]{65,}$/.test(token)) return { kind: 'malformed' };
    const body = token.slice(0, -proofLength);
    const issued = timingSafeEqual(Buffer.from(this.#proof(body)), Buffer.from(token.slice(-proofLength)));
    return { kind: issued ? 'closed' : 'unknown' };
  }

  #proof(body: string): string {
    return createHmac('sha256', this.#key).update(body).digest('base64url').slice(0, proofLength);
  }
}

const proofLength = 22;
