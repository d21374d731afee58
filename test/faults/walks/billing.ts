import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { PaymentOutcome } from '../../../local/payments/pay.ts';
import { billingEventOf, type Parts } from '../harness/customer.ts';
import type { CallOutcome } from '../harness/lambda-process.ts';
import type { Clients } from '../world/clients.ts';
import type { ProvidersBooks } from './billing-rules.ts';
import type { Walk } from './walk.ts';

interface Message {
  readonly tenantId: string;
  readonly messageId: string;
  readonly body: string;
}

/** As lib/billing.ts gives them: how long a message is hidden that nobody said anything of, and how often it comes. */
const hiddenMilliseconds = 360_000;
const mostReceives = 20;
const minute = 60_000;
/** Longer than any message of billing is held back when it is sent. */
const mostDelaySeconds = 10;

/** Whether a call has taken effect, whatever its caller heard. */
const tookEffect = ({ treatment: { on, kill } }: CallOutcome) => kill !== 'before' && on.wire !== 'refuse' && on.wire !== 'reset';

/** The payment provider and the queue of billing, as a walk sees to them: what comes when, and how often. */
export class BillingDesk {
  readonly #walk: Walk;
  readonly #clients: Clients;
  readonly #endpoint: string;
  /** By what each message is called that was received, the last time. */
  readonly #handles = new Map<string, string>();
  /** How often each customer has paid. */
  readonly #paid = new Map<string, number>();
  #sent = false;

  constructor(walk: Walk, clients: Clients, endpoint: string) {
    this.#walk = walk;
    this.#clients = clients;
    this.#endpoint = endpoint;
  }

  /** How often a customer's card was charged for what it ordered. */
  timesPaid(who: string): number {
    return this.#paid.get(who) ?? 0;
  }

  /** @returns what the provider has of everybody */
  async ofTheProvider(): Promise<ProvidersBooks> {
    const { apiUrl, apiKey } = this.#walk.scene.stage.desk.provider;
    const list = async (path: string) => {
      const answer = await fetch(`${apiUrl}/v1/${path}`, { headers: { authorization: `Bearer ${apiKey}` } });
      return ((await answer.json()) as { data: never[] }).data;
    };
    const [payments, subscriptions, refunds] = await Promise.all(
      ['payment_intents?limit=100', 'subscriptions?limit=100&status=all', 'refunds?limit=100'].map(list),
    );
    return { payments, subscriptions, refunds } as unknown as ProvidersBooks;
  }

  /** Notes that a message was sent. */
  noted(outcome: CallOutcome): void {
    if (outcome.call.operation === 'SendMessage' && tookEffect(outcome)) this.#sent = true;
  }

  /** Tries to pay; the provider tells of it some time, perhaps more than once, and until it is heard. */
  async pay(who: string, clientSecret: string, outcome: PaymentOutcome): Promise<void> {
    const { chance, clock, scene } = this.#walk;
    const attempt = this.#walk.stepOf(who, 'pays');
    const { status, event } = await clock.track(scene.stage.desk.attempt(clientSecret, outcome));
    if (status === 200) this.#paid.set(who, this.timesPaid(who) + 1);
    if (!event) return;
    const body = JSON.stringify({ ...event, created: Math.floor(clock.now() / 1_000) });
    const times = chance.happens(0.3, attempt, 'told twice') ? 2 : 1;
    for (let time = 1; time <= times; time += 1) this.#walk.spawn(this.#tell(who, body, attempt, time));
  }

  /** Hands on what the queue has got since the last time, and what an operator has put back. */
  async deliver(): Promise<void> {
    if (!this.#sent) return;
    this.#sent = false;
    const { BILLING_QUEUE_URL: queue = '', BILLING_DEAD_LETTERS_URL: deadLetters = '' } =
      this.#walk.scene.stage.functions.get('SettleBilling')?.environment ?? {};
    for (const message of await this.#received(queue)) this.#walk.spawn(this.#settle(queue, message));
    for (const message of await this.#received(deadLetters)) {
      await this.#delete(deadLetters, message);
      this.#walk.spawn(this.#putBack(queue, message));
    }
  }

  /** Out of order and late, as the provider says it may be: https://docs.stripe.com/webhooks#event-ordering */
  async #tell(who: string, body: string, attempt: string, time: number): Promise<void> {
    const { chance, clock, scene } = this.#walk;
    const late = chance.happens(0.2, attempt, time, 'told late');
    await clock.sleep(chance.milliseconds(late ? 10 * minute : 1_000, attempt, time, 'told'));
    const parts = (): Parts => ({ headers: { 'Stripe-Signature': scene.stage.desk.signatureOf(body, clock.now()) }, body });
    const { status } = await this.#walk.request('ReceivePaymentWebhook', who, parts);
    if (status !== 200) this.#walk.wrong(`The provider got ${status} to what it told of ${who}.`);
  }

  /** Has the worker take a message until it has dealt with it. It comes at least once: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues.html */
  async #settle(queue: string, message: Message): Promise<void> {
    const { chance, clock } = this.#walk;
    const step = this.#walk.stepOf(this.#walk.nameOf(message.tenantId), 'deliver to SettleBilling');
    const late = chance.happens(0.1, step, 'late');
    await clock.sleep(chance.milliseconds(late ? 2 * minute : 2_000, step, 'delivered'));
    if (chance.happens(0.2, step, 'twice')) this.#walk.spawn(this.#take(message, 1));
    for (let receive = 1; receive <= mostReceives; receive += 1) {
      const hidden = await this.#take(message, receive);
      if (hidden === undefined) return this.#delete(queue, message);
      await clock.sleep(hidden);
    }
    this.#walk.wrong(`${step} failed ${mostReceives} times.`);
  }

  /** @returns for how many milliseconds the message is hidden before it comes again; undefined when it is dealt with */
  async #take({ tenantId, messageId, body }: Message, receive: number): Promise<number | undefined> {
    let hidden = hiddenMilliseconds;
    const director = this.#walk.director(this.#walk.stepOf(this.#walk.nameOf(tenantId), 'SettleBilling'), undefined, (outcome) => {
      if (outcome.call.operation === 'ChangeMessageVisibility' && tookEffect(outcome))
        hidden = Number((outcome.call.input as { VisibilityTimeout: number }).VisibilityTimeout) * 1_000;
    });
    const [record] = billingEventOf({}).Records;
    const receiptHandle = this.#handles.get(messageId);
    const Records = [{ ...record, messageId, receiptHandle, body, attributes: { ApproximateReceiveCount: String(receive) } }];
    const answer = await this.#walk.scene.call('SettleBilling', { Records }, director).catch(() => undefined);
    return (answer as { batchItemFailures: object[] } | undefined)?.batchItemFailures.length === 0 ? undefined : hidden;
  }

  /** What has gone to the dead letters is put back by an operator, who has mended the cause: docs/runbook.md. */
  async #putBack(queue: string, { tenantId, body }: Message): Promise<void> {
    const step = this.#walk.stepOf(this.#walk.nameOf(tenantId), 'put back');
    await this.#walk.clock.sleep(10 * minute + this.#walk.chance.milliseconds(10 * minute, step));
    await this.#walk.clock.track(this.#clients.sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: body })));
    this.#sent = true;
    await this.#walk.clock.track(this.deliver());
  }

  async #received(queue: string): Promise<Message[]> {
    const received: Message[] = [];
    // Those that are held back come now; when they are delivered is the walk's to say.
    await fetch(`${this.#endpoint}/_tenantry/queues/${queue.split('/').at(-1)}/passed-seconds/${mostDelaySeconds}`, { method: 'POST' });
    for (;;) {
      const { Messages = [] } = await this.#clients.sqs.send(new ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: 10 }));
      if (Messages.length === 0) return received;
      for (const { MessageId: messageId = '', ReceiptHandle: receiptHandle = '', Body: body = '' } of Messages) {
        // One that is under way may be seen again for that, under another handle, and is not new.
        const isNew = !this.#handles.has(messageId);
        this.#handles.set(messageId, receiptHandle);
        if (isNew) received.push({ ...(JSON.parse(body) as { tenantId: string }), messageId, body });
      }
    }
  }

  async #delete(QueueUrl: string, { messageId }: Message): Promise<void> {
    const ReceiptHandle = this.#handles.get(messageId);
    await this.#walk.clock.track(this.#clients.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })));
  }
}
