import type { Execution } from '../../../local/step-functions/execution.ts';
import type { StatusChange } from '../../../local/step-functions/status-change.ts';
import { notInvoked } from '../cases/striking.ts';
import { billingEventOf, confirm, payFor, register, requestOf, type Subject } from '../harness/customer.ts';
import { undisturbed } from '../harness/lambda-process.ts';
import { Scene, type Stage } from '../harness/scene.ts';
import type { Stream } from '../harness/stream.ts';
import type { Delivery, DeliveryCase } from './delivery-case.ts';

/** What goes on around a run whose deliveries the matrix makes. */
export interface Mail {
  readonly stream: Stream;
  /** @returns the messages for a tenant that the queue of billing has got since it was asked last */
  takeBilling(tenantId: string): Promise<readonly object[]>;
}

interface Waiting extends Delivery {
  deliver(): Promise<unknown>;
}

/** How a run went whose deliveries the matrix made. */
export interface Delivered {
  readonly subject: Subject;
  readonly scene: Scene;
  readonly deliveries: readonly Delivery[];
  readonly wrong: readonly string[];
}

/** The step that fails at first, so that there is an execution that fails and one that goes on. */
const failsAtFirst = 'CreateAdminUser';
/** Whoever redrives has looked at it first. */
const operatorMilliseconds = 60_000;
const mostRounds = 50;

/** What fails comes again, as Lambda has it come: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
const mostTries = 10;

/** The executions that wake ReviewRun, as the rule of lib/workflow.ts says. */
export const wakesReview = ({ status, redriveCount, name }: StatusChange) =>
  status !== 'RUNNING' || redriveCount > 0 || !name.endsWith('-1');

/** What CloudTrail tells of a redrive in the console: https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cloud-trail.html */
const redriveTold = (executionArn: string, milliseconds: number) => ({
  source: 'aws.states',
  'detail-type': 'AWS API Call via CloudTrail',
  detail: {
    eventID: 'c0ffee00-0000-4000-8000-000000000002',
    eventTime: new Date(milliseconds).toISOString(),
    userIdentity: { type: 'AssumedRole', principalId: 'AROAEXAMPLEOPERATOR00:operator' },
    requestParameters: { executionArn },
  },
});

/** Onboards one tenant, whose workflow fails once and is redriven, by deliveries alone. */
class Run {
  readonly #stage: Stage;
  readonly #mail: Mail;
  readonly #cases: readonly DeliveryCase[];
  readonly #scene: Scene;
  readonly #waiting: Waiting[] = [];
  readonly #kept: Waiting[] = [];
  readonly #deliveries: Delivery[] = [];
  readonly #wrong: string[] = [];
  #reachable = false;
  #confirmed = false;

  constructor(stage: Stage, mail: Mail, seed: number, cases: readonly DeliveryCase[]) {
    this.#stage = stage;
    this.#mail = mail;
    this.#cases = cases;
    const invoker = (name: string, payload: unknown) => {
      if (name === failsAtFirst && !this.#reachable) throw notInvoked();
      return this.#scene.invoke(name, payload);
    };
    this.#scene = new Scene(stage, seed, undisturbed, invoker, {
      onStatusChange: (change) => {
        if (wakesReview(change)) this.#send('ReviewRun', () => this.#invoke('ReviewRun', { source: 'aws.states', detail: change }));
      },
    });
  }

  async run(tier: string): Promise<Delivered> {
    const { subject, clientSecret } = await register(this.#scene, tier);
    if (clientSecret) await this.#pay(clientSecret);
    for (let round = 0; round < mostRounds; round += 1) {
      await this.#collect(subject.tenantId);
      const next = this.#waiting.shift();
      const doing = next ? this.#deliver(next).then(() => true) : this.#goOn(subject);
      // Whoever loses a race waits for a moment.
      await this.#scene.clock.runUntilIdle();
      if (!(await doing)) break;
      await this.#scene.clock.runUntilIdle();
    }
    const { status, error } = this.#execution ?? {};
    if (status !== 'SUCCEEDED') this.#wrong.push(`The execution is ${status ?? 'not there'}: ${error}`);
    return { subject, scene: this.#scene, deliveries: this.#deliveries, wrong: this.#wrong };
  }

  get #execution(): Execution | undefined {
    return this.#scene.engine.executions.ofStateMachine(this.#stage.workflows.onboard.arn)[0];
  }

  /** What happens when nothing waits. @returns whether anything did */
  async #goOn(subject: Subject): Promise<boolean> {
    if (!this.#confirmed) {
      this.#confirmed = true;
      await confirm(this.#scene, subject);
      return true;
    }
    const execution = this.#execution;
    if (execution?.status === 'FAILED' && !this.#reachable) {
      this.#reachable = true;
      void this.#scene.clock.sleep(operatorMilliseconds).then(() => {
        this.#scene.engine.redrive(execution.arn);
        const told = redriveTold(execution.arn, this.#scene.clock.now());
        this.#send('AttributeRedrive', () => this.#invoke('AttributeRedrive', told));
      });
      return true;
    }
    const late = this.#kept.shift();
    await late?.deliver();
    return late !== undefined;
  }

  async #pay(clientSecret: string): Promise<void> {
    const webhook = await payFor(this.#scene, this.#stage.desk, clientSecret);
    this.#send('ReceivePaymentWebhook', () => this.#invoke('ReceivePaymentWebhook', requestOf('ReceivePaymentWebhook', webhook())));
  }

  async #collect(tenantId: string): Promise<void> {
    for (const { record, wakes } of await this.#mail.stream.read())
      if (record.dynamodb?.NewImage?.['tenantId']?.S === tenantId)
        for (const name of wakes) this.#send(name, () => this.#invoke(name, { Records: [record] }));
    for (const message of await this.#mail.takeBilling(tenantId))
      this.#send('SettleBilling', () => this.#invoke('SettleBilling', billingEventOf(message)));
  }

  #send(consumer: string, deliver: () => Promise<unknown>): void {
    const place = this.#deliveries.filter((each) => each.consumer === consumer).length + 1;
    this.#deliveries.push({ consumer, place });
    this.#waiting.push({ consumer, place, deliver });
  }

  async #deliver(waiting: Waiting): Promise<void> {
    const { fault } = this.#cases.find(({ consumer, place }) => consumer === waiting.consumer && place === waiting.place) ?? {};
    if (fault !== 'late') await Promise.all([waiting.deliver(), ...(fault === 'at-once' ? [waiting.deliver()] : [])]);
    if (fault === 'twice') await waiting.deliver();
    if (fault === 'late' || fault === 'again-late') this.#kept.push(waiting);
  }

  async #invoke(name: string, event: object): Promise<void> {
    for (let attempt = 1; attempt <= mostTries; attempt += 1) {
      const taken = await this.#scene.call(name, event).then(
        (answer) => {
          const { batchItemFailures = [], statusCode = 200 } = (answer ?? {}) as { batchItemFailures?: object[]; statusCode?: number };
          return batchItemFailures.length === 0 && statusCode < 300;
        },
        () => false,
      );
      if (taken) return;
    }
    this.#wrong.push(`${name} failed ${mostTries} times.`);
  }
}

/** Onboards a tenant by deliveries of records, events and messages alone, some of which something befalls. */
export const deliver = (stage: Stage, mail: Mail, tier: string, seed: number, cases: readonly DeliveryCase[] = []): Promise<Delivered> =>
  new Run(stage, mail, seed, cases).run(tier);
