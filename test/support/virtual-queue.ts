import type { SQSBatchResponse } from 'aws-lambda';
import { runtime } from '../../lambdas/shared/runtime.ts';
import type { World } from './world.ts';

interface Message {
  readonly body: string;
  visibleAtMilliseconds: number;
  receivedTimes: number;
}

/**
 * A queue on the world's clock, mapped to a handler as Lambda maps one: a message is handed over when it is visible, is gone when it was handled, and goes to the dead letters when it was handed
 * over too often. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
 */
export class VirtualQueue {
  readonly deadLetters: string[] = [];
  private readonly messages: Message[] = [];
  private readonly world: World;
  private readonly handler: (event: object) => Promise<SQSBatchResponse>;
  private readonly maxReceiveCount: number;
  private readonly visibilitySeconds: number;

  constructor(
    world: World,
    handler: (event: object) => Promise<SQSBatchResponse>,
    settings: { readonly maxReceiveCount: number; readonly visibilitySeconds: number },
  ) {
    this.world = world;
    this.handler = handler;
    this.maxReceiveCount = settings.maxReceiveCount;
    this.visibilitySeconds = settings.visibilitySeconds;
  }

  get length(): number {
    return this.messages.length;
  }

  send(body: string): void {
    this.messages.push({ body, visibleAtMilliseconds: runtime.now().getTime(), receivedTimes: 0 });
  }

  /** What `aws sqs start-message-move-task` does: the messages are new ones there. */
  moveBack(): void {
    for (const body of this.deadLetters.splice(0)) this.send(body);
  }

  /** Lets time pass, and hands over what becomes visible in it. @returns how often something was handed over */
  async pass(seconds: number): Promise<number> {
    const end = runtime.now().getTime() + seconds * 1_000;
    let handedOver = 0;
    for (;;) {
      const next = this.messages.toSorted((one, other) => one.visibleAtMilliseconds - other.visibleAtMilliseconds)[0];
      if (!next || next.visibleAtMilliseconds > end) break;
      this.world.advance(Math.max(0, next.visibleAtMilliseconds - runtime.now().getTime()));
      if (next.receivedTimes === this.maxReceiveCount) {
        this.remove(next);
        this.deadLetters.push(next.body);
        continue;
      }
      handedOver += 1;
      await this.handOver(next);
    }
    this.world.advance(Math.max(0, end - runtime.now().getTime()));
    return handedOver;
  }

  private async handOver(message: Message): Promise<void> {
    message.receivedTimes += 1;
    this.world.waits.length = 0;
    const record = {
      messageId: 'm1',
      receiptHandle: 'r1',
      body: message.body,
      attributes: { ApproximateReceiveCount: String(message.receivedTimes) },
    };
    const { batchItemFailures } = await this.handler({ Records: [record] });
    if (batchItemFailures.length === 0) this.remove(message);
    else message.visibleAtMilliseconds = runtime.now().getTime() + 1_000 * (this.world.waits.at(-1) ?? this.visibilitySeconds);
  }

  private remove(message: Message): void {
    this.messages.splice(this.messages.indexOf(message), 1);
  }
}
