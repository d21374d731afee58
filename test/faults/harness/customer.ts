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
  /** With what it signed up. */
  readonly signup: { readonly key: string; readonly request: SignupRequest };
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

interface Answer {
  readonly statusCode: number;
  readonly body: string;
}

const ask = async (scene: Scene, operation: Operation, parts: Parts) =>
  (await scene.call(operation, requestOf(operation, parts))) as Answer;

async function send<Accepted>(scene: Scene, operation: Operation, parts: Parts): Promise<Accepted> {
  const { statusCode, body } = await ask(scene, operation, parts);
  if (statusCode >= 300) throw new Error(`${operation} answered ${statusCode}: ${body}`);
  return JSON.parse(body) as Accepted;
}

/** @returns the name of the problem that the API answers, or undefined when it accepts */
function problemOf({ statusCode, body }: Answer): string | undefined {
  return statusCode < 300 ? undefined : (JSON.parse(body) as { type: string }).type.split(':').at(-1);
}

/** An organisation that nobody else is. */
function newRequest(tier: string): SignupRequest {
  const mark = randomUUID().slice(0, 13);
  return {
    organisationName: `Organisation ${mark}`,
    slug: `organisation-${mark}`,
    administrator: { name: `Administrator ${mark}`, email: `administrator-${mark}@example.com` },
    tier,
    region: 'eu-central-1',
    termsVersion: '2026-11-01',
  };
}

const signupParts = ({ key, request }: Subject['signup']): Parts => ({ headers: { 'Idempotency-Key': key }, body: request });

/** Signs an organisation up, a new one or again the same. @returns with what it pays, where there is something to pay */
export async function register(
  scene: Scene,
  tier: string,
  request = newRequest(tier),
): Promise<{ readonly subject: Subject; readonly clientSecret?: string | undefined }> {
  const signup = { key: randomUUID(), request };
  const accepted = await send<SignupAccepted>(scene, 'CreateSignup', signupParts(signup));
  const { tenantId } = accepted;
  const subject = { tenantId, slug: request.slug, email: request.administrator.email, signupKeyHash: hashOfSignupKey(signup.key), signup };
  const { payment } = await headOf(scene, subject);
  const clientSecret = accepted.next.find(({ action }) => action === 'pay')?.payment?.clientSecret;
  return { subject: { ...subject, ...(payment ? { customerId: payment.customerId } : {}) }, clientSecret };
}

/** Pays as the customer's browser does. @returns what the provider tells of it, signed at the scene's time of asking */
export async function payFor(scene: Scene, desk: PaymentsDesk, clientSecret: string): Promise<() => Parts> {
  const body = await desk.pay(clientSecret);
  return () => ({ headers: { 'Stripe-Signature': desk.signatureOf(body, scene.clock.now()) }, body });
}

/** Signs an organisation up, and pays where there is something to pay. */
export async function signUp(scene: Scene, desk: PaymentsDesk, tier: string, request?: SignupRequest): Promise<Subject> {
  const { subject, clientSecret } = await register(scene, tier, request);
  if (clientSecret) await send(scene, 'ReceivePaymentWebhook', (await payFor(scene, desk, clientSecret))());
  return subject;
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

/** Of somebody who may do what operators may. */
const operator = { sub: 'c0ffee00-0000-4000-8000-000000000001', 'cognito:groups': 'operators' };

/** Has an operator correct the slug and the address of an onboarding that has failed. @returns its next generation */
export async function correct(scene: Scene, { tenantId, slug, email }: Subject): Promise<RunInput> {
  const input = { slug: `${slug}-right`, administrator: { email: `right-${email}` } };
  const body = { reason: 'The customer has told us what is right.', input };
  const { runId, generation } = await send<RunInput>(scene, 'RetryTenant', { path: { tenantId }, body, claims: operator });
  return { tenantId, runId, generation };
}

/** Has an operator give the tenant up. @returns the run that undoes it, or undefined when that is refused because the tenant is ACTIVE */
export async function giveUp(scene: Scene, { tenantId }: Subject): Promise<RunInput | undefined> {
  const answer = await ask(scene, 'AbandonTenant', {
    path: { tenantId },
    body: { reason: 'The customer has withdrawn.' },
    claims: operator,
  });
  const problem = problemOf(answer);
  if (problem === 'not-abandonable') return undefined;
  if (problem) throw new Error(`AbandonTenant answered ${answer.statusCode}: ${answer.body}`);
  const { runId, generation } = JSON.parse(answer.body) as RunInput;
  return { tenantId, runId, generation };
}

/** Sends the signup again that the tenant was made by. @returns the name of the problem that it gets */
export const signUpByTheSameKey = async (scene: Scene, { signup }: Subject): Promise<string | undefined> =>
  problemOf(await ask(scene, 'CreateSignup', signupParts(signup)));

/** What StartOnboarding hands to the workflow. */
export async function onboardInputOf(scene: Scene, subject: Subject): Promise<RunInput> {
  const { run, tenantId } = await headOf(scene, subject);
  if (!run) throw new Error(`The tenant ${tenantId} has no run.`);
  return { tenantId, runId: run.runId, generation: run.generation };
}

/** A message of the queue of billing, as Lambda hands it over. */
export const billingEventOf = (message: object) => ({
  Records: [{ messageId: 'message', receiptHandle: 'none', body: JSON.stringify(message), attributes: { ApproximateReceiveCount: '1' } }],
});

/** Has the worker of billing take a message. */
export async function settle(scene: Scene, message: object): Promise<void> {
  const { batchItemFailures } = (await scene.call('SettleBilling', billingEventOf(message))) as { batchItemFailures: object[] };
  if (batchItemFailures.length > 0) throw new Error('SettleBilling could not settle the billing of a tenant.');
}
