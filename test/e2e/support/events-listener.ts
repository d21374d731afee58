import { randomUUID } from 'node:crypto';
import { DeleteRuleCommand, PutRuleCommand, PutTargetsCommand, RemoveTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { eventSource, type TenantProvisioned } from '../../../contracts/events.ts';
import { eventBridge, output, sqs } from './clients.ts';

/** An event as a consumer of the bus gets it. */
export interface Delivery {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: TenantProvisioned;
}

/** Empties a queue. A queue has one reader at a time: whoever reads takes the messages of everybody. */
export async function drain(QueueUrl: string): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return deliveries;
    for (const { Body = '', ReceiptHandle } of Messages) {
      deliveries.push(JSON.parse(Body));
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}

/** Listens to the bus by a rule and a queue of its own, as a further downstream team does. */
export class EventsListener {
  readonly #name: string;
  readonly #queueUrl: string;
  readonly #heard: Delivery[] = [];

  private constructor(name: string, queueUrl: string) {
    this.#name = name;
    this.#queueUrl = queueUrl;
  }

  static async start(): Promise<EventsListener> {
    const name = `listener-${randomUUID()}`;
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    const Arn = Attributes?.['QueueArn'] ?? '';
    const allowed = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: Arn };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [allowed] });
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
    const EventBusName = output('EventBusName');
    const EventPattern = JSON.stringify({ source: [eventSource] });
    await eventBridge.send(new PutRuleCommand({ Name: name, EventBusName, EventPattern }));
    await eventBridge.send(new PutTargetsCommand({ Rule: name, EventBusName, Targets: [{ Id: 'queue', Arn }] }));
    return new EventsListener(name, QueueUrl);
  }

  /** Everything heard so far of one tenant. */
  async heardOf(tenantId: string): Promise<Delivery[]> {
    this.#heard.push(...(await drain(this.#queueUrl)));
    return this.#heard.filter(({ detail }) => detail.tenantId === tenantId);
  }

  async stop(): Promise<void> {
    const EventBusName = output('EventBusName');
    await eventBridge.send(new RemoveTargetsCommand({ Rule: this.#name, EventBusName, Ids: ['queue'] }));
    await eventBridge.send(new DeleteRuleCommand({ Name: this.#name, EventBusName }));
    await sqs.send(new DeleteQueueCommand({ QueueUrl: this.#queueUrl }));
  }
}
