import { randomUUID } from 'node:crypto';
import type { Operation } from '../../../contracts/routes.ts';
import { routeOf } from '../../../contracts/routes.ts';
import type { SignupAccepted, SignupRequest } from '../../../contracts/signup.ts';
import type { RunInput } from '../../../contracts/steps.ts';
import { hashOfSignupKey, signupSecrets } from '../../../lambdas/shared/signup-secrets.ts';
import { readTenant, type Tenant } from '../../../lambdas/shared/tenants.ts';
import type { PaymentsDesk } from './payments-desk.ts';
import type { Scene } from './scene.ts';

/** A tenant and all by which what is its own is told in the stores. */
export interface Subject {
  readonly tenantId: string;
  readonly slug: string;
  readonly email: string;
  readonly signupKeyHash: string;
  /** The provider's customer; of tiers with a price. */
  readonly customerId?: string;
}

export interface Parts {
  readonly path?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly body: unknown;
  /** Of the token that API Gateway's authorizer accepted. */
  readonly claims?: Record<string, string>;
}

/** A request as API Gateway hands it to a function: https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html */
export function requestOf(operation: Operation, { path, headers = {}, body, claims }: Parts) {
  const route = routeOf(operation);
  return {
    httpMethod: route.method,
    resource: route.path,
    path: route.path,
    headers: { 'Content-Type': 'application/json', ...headers },
    multiValueHeaders: {},
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: path ?? null,
    stageVariables: null,
    isBase64Encoded: false,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    requestContext: { authorizer: claims ? { claims } : null },
  };
}

async function send<Answer>(scene: Scene, operation: Operation, parts: Parts): Promise<Answer> {
  const { statusCode, body } = (await scene.call(operation, requestOf(operation, parts))) as { statusCode: number; body: string };
  if (statusCode >= 300) throw new Error(`${operation} answered ${statusCode}: ${body}`);
  return JSON.parse(body) as Answer;
}

/** Signs an organisation up that nobody else is, and pays where there is something to pay. */
export async function signUp(scene: Scene, desk: PaymentsDesk, tier: string): Promise<Subject> {
  const key = randomUUID();
  const mark = key.slice(0, 13);
  const request: SignupRequest = {
    organisationName: `Organisation ${mark}`,
    slug: `organisation-${mark}`,
    administrator: { name: `Administrator ${mark}`, email: `administrator-${mark}@example.com` },
    tier,
    region: 'eu-central-1',
    termsVersion: '2026-11-01',
  };
  const accepted = await send<SignupAccepted>(scene, 'CreateSignup', { headers: { 'Idempotency-Key': key }, body: request });
  const { tenantId } = accepted;
  const subject = { tenantId, slug: request.slug, email: request.administrator.email, signupKeyHash: hashOfSignupKey(key) };
  const due = accepted.next.find(({ action }) => action === 'pay')?.payment;
  if (!due) return subject;
  const { body, signature } = await desk.pay(due.clientSecret ?? '');
  await send(scene, 'ReceivePaymentWebhook', { headers: { 'Stripe-Signature': signature }, body });
  const { payment } = await headOf(scene, subject);
  return { ...subject, ...(payment ? { customerId: payment.customerId } : {}) };
}

/** Confirms the address by the token that the mail's link has; it is derived here as SendConfirmation derives it. */
export async function confirm(scene: Scene, { tenantId, signupKeyHash }: Subject): Promise<void> {
  const secrets = await scene.as('SendConfirmation', () => signupSecrets(signupKeyHash));
  await send(scene, 'ConfirmSignup', { path: { tenantId }, body: { token: secrets.confirmationToken(tenantId) } });
}

export async function headOf(scene: Scene, { tenantId }: Subject): Promise<Tenant> {
  const tenant = await scene.as('StartOnboarding', () => readTenant(tenantId));
  if (!tenant) throw new Error(`The tenant ${tenantId} is gone.`);
  return tenant;
}

/** What StartOnboarding hands to the workflow. */
export async function onboardInputOf(scene: Scene, subject: Subject): Promise<RunInput> {
  const { run, tenantId } = await headOf(scene, subject);
  if (!run) throw new Error(`The tenant ${tenantId} has no run.`);
  return { tenantId, runId: run.runId, generation: run.generation };
}

/** Has the worker of billing take a message of its queue, as Lambda hands it over. */
export async function settle(scene: Scene, message: object): Promise<void> {
  const record = {
    messageId: 'message',
    receiptHandle: 'none',
    body: JSON.stringify(message),
    attributes: { ApproximateReceiveCount: '1' },
  };
  const { batchItemFailures } = (await scene.call('SettleBilling', { Records: [record] })) as { batchItemFailures: object[] };
  if (batchItemFailures.length > 0) throw new Error('SettleBilling could not settle the billing of a tenant.');
}
