import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { AwsClients } from './aws-clients.ts';
import type { AwsSession } from './hand-over.ts';
import type { StatusChange } from './status-change.ts';

/** PutEvents takes at most 10 entries and 256 KB in all: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
const mostEntries = 10;
const mostBytes = 250_000;
/** A bus that does not answer must not fill the memory. */
const mostWaiting = 10_000;

interface Waiting {
  readonly session: AwsSession;
  readonly executionArn: string;
  readonly detail: string;
}

/**
 * Says on the default event bus what became of the executions, in order. Best effort, as on AWS: what cannot be said is logged, without the payloads, and dropped.
 * https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
export class StatusPublisher {
  readonly #clients: AwsClients;
  readonly #waiting: Waiting[] = [];
  #sending: Promise<void> | undefined;

  constructor(clients: AwsClients) {
    this.#clients = clients;
  }

  /** Queues an event; it never throws and never waits. */
  publish(change: StatusChange, session: AwsSession): void {
    const waiting = { session, executionArn: change.executionArn, detail: JSON.stringify(change) };
    if (this.#waiting.length < mostWaiting) this.#waiting.push(waiting);
    else this.#lost(waiting, 'too many events wait');
    this.#sending ??= this.#send();
  }

  /** Drops what is queued and waits for the call in flight. */
  async close(): Promise<void> {
    this.#waiting.length = 0;
    await this.#sending;
  }

  async #send(): Promise<void> {
    // What one turn of the event loop says goes out together.
    await new Promise((resolve) => setImmediate(resolve));
    for (let batch = this.#nextBatch(); batch.length > 0; batch = this.#nextBatch()) await this.#put(batch);
    this.#sending = undefined;
  }

  /** The longest beginning of the queue that one call in one session can carry. */
  #nextBatch(): Waiting[] {
    const session = this.#waiting[0]?.session;
    let bytes = 0;
    let count = 0;
    for (const waiting of this.#waiting) {
      bytes += Buffer.byteLength(waiting.detail);
      if (count === mostEntries || waiting.session !== session || (count > 0 && bytes > mostBytes)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #put(batch: Waiting[]): Promise<void> {
    const [first] = batch;
    if (!first) return;
    try {
      const answer = await this.#clients.get(EventBridgeClient, first.session, 3).send(
        new PutEventsCommand({
          Entries: batch.map(({ executionArn, detail }) => ({
            Source: 'aws.states',
            DetailType: 'Step Functions Execution Status Change',
            Resources: [executionArn],
            Detail: detail,
          })),
        }),
      );
      for (const [index, entry] of (answer.Entries ?? []).entries()) {
        if (entry.ErrorCode) this.#lost(batch[index], `${entry.ErrorCode}: ${entry.ErrorMessage}`);
      }
    } catch (error) {
      for (const waiting of batch) this.#lost(waiting, error instanceof Error ? `${error.name}: ${error.message}` : String(error));
    }
  }

  #lost(waiting: Waiting | undefined, reason: string): void {
    console.error(`Step Functions status event of ${waiting?.executionArn} was not delivered: ${reason}`);
  }
}
