import { DeleteMessageBatchCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Deployed } from '../harness/deployed.ts';
import type { StoreReader } from './reader.ts';

/**
 * The queues: whoever reads takes the messages of everybody, so one collector empties them all and keeps each for its tenant. A message that came twice is one, as it is to those
 * who take them: what they are to do has to be the same.
 */
export class Queues {
  readonly #client: SQSClient;
  readonly #queues: readonly Deployed[];
  readonly #messages = new Map<string, Map<string, object[]>>();
  #emptying: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(client: SQSClient, resources: readonly Deployed[]) {
    this.#client = client;
    this.#queues = resources.filter(({ type }) => type === 'AWS::SQS::Queue');
  }

  /** Takes what is there now. Those who ask while it is under way for others wait for one more time together. */
  collect(): Promise<void> {
    this.#next ??= this.#emptying.then(async () => {
      this.#next = undefined;
      for (const { path, physicalId } of this.#queues) await this.#empty(path, physicalId);
    });
    this.#emptying = this.#next;
    return this.#next;
  }

  reader({ type, path }: Deployed): StoreReader | undefined {
    if (type !== 'AWS::SQS::Queue') return undefined;
    return { store: path, read: async ({ tenantId }) => distinct(this.messagesOf(path, tenantId)) };
  }

  /** The messages of a queue for a tenant, also those that came more than once. */
  messagesOf(queue: string, tenantId: string): readonly object[] {
    return this.#messages.get(queue)?.get(tenantId) ?? [];
  }

  async #empty(path: string, QueueUrl: string): Promise<void> {
    const kept = this.#messages.get(path) ?? new Map<string, object[]>();
    this.#messages.set(path, kept);
    for (;;) {
      const { Messages = [] } = await this.#client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      if (Messages.length === 0) return;
      for (const { Body = '' } of Messages) {
        const message = JSON.parse(Body) as { tenantId?: string; detail?: { tenantId?: string } };
        const tenantId = message.tenantId ?? message.detail?.tenantId ?? 'nobody';
        kept.set(tenantId, [...(kept.get(tenantId) ?? []), message.detail ?? message]);
      }
      const Entries = Messages.map(({ ReceiptHandle }, place) => ({ Id: String(place), ReceiptHandle }));
      await this.#client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    }
  }
}

const distinct = (messages: readonly unknown[]) =>
  [...new Set(messages.map((message) => JSON.stringify(message)))].map((text) => JSON.parse(text) as unknown);
