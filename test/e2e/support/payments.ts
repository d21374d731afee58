import { createHmac, randomUUID } from 'node:crypto';
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from '@jest/globals';
import type { TenantPayment } from '../../../lambdas/shared/tenants.ts';
import { type PaymentOutcome, pay as payWith } from '../../../local/payments/pay.ts';
import { passQueueTime } from '../../support/queue-time.ts';
import { api } from './api.ts';
import { documents, logs, output } from './clients.ts';
import { physicalId } from './faults.ts';
import { localStackRecord } from './local-world.ts';
import { readHead } from './records.ts';
import { runs } from './schedules.ts';
import type { Signup } from './signups.ts';
import { everyPage } from './until.ts';

const provider = () => localStackRecord().payments;
type Thing = Record<string, unknown> & { id: string; status: string; metadata: Record<string, string> };

/** Asks the provider itself. */
async function ask<Answer>(path: string, method = 'GET', fields?: Record<string, string>): Promise<Answer> {
  const { apiUrl, apiKey } = provider();
  const answer = await fetch(`${apiUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${apiKey}` },
    ...(fields ? { body: new URLSearchParams(fields) } : {}),
  });
  if (!answer.ok) throw new Error(`The provider answered ${answer.status} to ${method} ${path}.`);
  const text = await answer.text();
  return (text ? JSON.parse(text) : undefined) as Answer;
}

const everything = async (path: string) => (await ask<{ data: Thing[] }>(path)).data;
const isOf =
  (tenantId: string) =>
  ({ metadata }: Thing) =>
    metadata['tenantId'] === tenantId;

/** All that the provider has of a tenant. */
export async function atProvider(tenantId: string) {
  const [customers, payments] = await Promise.all([everything('/v1/customers?limit=1000'), everything('/v1/payment_intents?limit=1000')]);
  const own = customers.filter(isOf(tenantId));
  const subscriptions = await Promise.all(own.map(({ id }) => everything(`/v1/subscriptions?customer=${id}&status=all`)));
  return { customers: own, payments: payments.filter(isOf(tenantId)), subscriptions: subscriptions.flat() };
}

/** Does something at the provider, as somebody in its dashboard. Fields are named as its API names them: `metadata[tenantId]`. */
export const inDashboard = (method: 'POST' | 'DELETE', path: string, fields?: Record<string, string>) =>
  ask<Thing>(`/v1/${path}`, method, fields);

/** A plan at the provider that no tier has. */
export async function otherPlan(): Promise<string> {
  const fields = { amount: '100', currency: 'eur', interval: 'month', 'product[name]': 'Another' };
  return (await inDashboard('POST', 'plans', fields)).id;
}

/** As if nothing had happened to the tenant for three days, and as if further fields of its head had been lost. */
export const age = (tenantId: string, ...lost: readonly string[]) =>
  documents.send(
    new UpdateCommand({
      TableName: output('TenantsTableName'),
      Key: { pk: `TENANT#${tenantId}`, sk: 'TENANT' },
      UpdateExpression: `SET statusChangedAt = :past ${lost.length > 0 ? `REMOVE ${lost.join(', ')}` : ''}`,
      ExpressionAttributeValues: { ':past': new Date(Date.now() - 3 * 86_400_000).toISOString() },
    }),
  );

/** Has a whole round of ReconcileBilling run, however long ago the last one was. */
export async function reconcile(): Promise<void> {
  await documents.send(new DeleteCommand({ TableName: output('TenantsTableName'), Key: { pk: 'ROUND#ReconcileBilling', sk: 'ACCOUNTS' } }));
  expect(await runs('ReconcileBilling')).toMatchObject({ roundFinished: true });
}

export const refundsOf = ({ paymentIntentId }: TenantPayment) => everything(`/v1/refunds?payment_intent=${paymentIntentId}`);

/** What there is to pay, as the signup's answer says. */
export const dueOf = ({ accepted }: Signup) => accepted.next.find(({ action }) => action === 'pay')?.payment;

/** Pays, or tries to, as the customer's browser does. @returns the provider's status */
export const pay = (signup: Signup, outcome: PaymentOutcome) => payWith(provider(), dueOf(signup)?.clientSecret ?? '', outcome);

/** Has the provider be away for whatever mentions this. @returns how to end it */
export async function outageOf(text: string): Promise<() => Promise<void>> {
  await ask(`/_config/outages/${text}`, 'POST');
  return () => ask(`/_config/outages/${text}`, 'DELETE');
}

/** For how long SettleBilling has put a tenant off each time, in seconds and in order. */
export async function billingWaitsOf(tenantId: string): Promise<number[]> {
  const logGroupName = await physicalId('Tenantry-Pipeline', 'BillingSettleBillingLog', 'AWS::Logs::LogGroup');
  const events = await everyPage(
    (nextToken) => logs.send(new FilterLogEventsCommand({ logGroupName, nextToken })),
    (page) => page.events,
    (page) => page.nextToken,
  );
  return events
    .filter(({ message = '' }) => message.includes(tenantId))
    .flatMap(({ message = '' }) => /"waitSeconds":(\d+)/.exec(message)?.[1] ?? [])
    .map(Number);
}

/** Lets time pass for the queue of billing. */
export async function passBillingTime(seconds: number): Promise<void> {
  const { endpoint } = localStackRecord();
  await passQueueTime(endpoint, await physicalId('Tenantry-Pipeline', 'BillingQueue', 'AWS::SQS::Queue'), seconds);
}

export interface Telling {
  readonly type: 'payment_intent.succeeded' | 'payment_intent.payment_failed';
  readonly eventId?: string;
  /** When it happened, in seconds of Unix time. */
  readonly created?: number;
}

/** A body such as the provider sends of a tenant's payment. */
export async function tellingOf(
  tenantId: string,
  { type, eventId = `evt_${randomUUID()}`, created = nowSeconds() }: Telling,
): Promise<string> {
  const { payment } = await readHead(tenantId);
  if (!payment) throw new Error('The tenant has no payment.');
  const { paymentIntentId: id, amountMinorUnits: amount, currency } = payment;
  const object = { id, object: 'payment_intent', amount, currency, metadata: { tenantId }, last_payment_error: { code: 'card_declined' } };
  return JSON.stringify({ id: eventId, object: 'event', type, created, data: { object } });
}

export const nowSeconds = () => Math.floor(Date.now() / 1000);

/** https://docs.stripe.com/webhooks#verify-manually */
export const signatureOf = (body: string, { at = nowSeconds(), secret = provider().webhookSigningSecret } = {}) =>
  `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`;

export const postWebhook = (body: string, signature = signatureOf(body)) =>
  api('POST', '/webhooks/payments', { headers: { 'stripe-signature': signature }, body });

/** As if the function had died before it could note what the provider had made. */
export const forgetPayment = (tenantId: string) =>
  documents.send(
    new UpdateCommand({
      TableName: output('TenantsTableName'),
      Key: { pk: `TENANT#${tenantId}`, sk: 'TENANT' },
      UpdateExpression: 'REMOVE payment',
    }),
  );

/** Lets the time of a signup run out, and the schedule run. */
export async function letExpire(tenantId: string): Promise<void> {
  const longAgo = '2020-01-01T00:00:00.000Z';
  await documents.send(
    new UpdateCommand({
      TableName: output('TenantsTableName'),
      Key: { pk: `TENANT#${tenantId}`, sk: 'TENANT' },
      UpdateExpression: 'SET expiresAt = :past, signedUpAt = :past, listPosition = :position',
      ExpressionAttributeValues: { ':past': longAgo, ':position': `${longAgo}#${tenantId}` },
    }),
  );
  await runs('ExpireSignups');
}
