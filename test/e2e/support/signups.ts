import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { loadCatalog } from '../../../catalog/catalog.ts';
import { SignupAccepted, type SignupRequest, SignupStatus } from '../../../contracts/signup.ts';
import { type ApiAnswer, api } from './api.ts';
import { until } from './until.ts';
import { world } from './world.ts';

/** A signup as its sender knows it. */
export interface Signup {
  readonly request: SignupRequest;
  readonly key: string;
  readonly tenantId: string;
  readonly accepted: SignupAccepted;
}

/** What a person gave us that must be found nowhere but in the people store, in Cognito and in their mails. */
export const personalDataOf = ({ request }: Pick<Signup, 'request'>) => [
  request.organisationName,
  request.administrator.name,
  request.administrator.email,
];

/** A signup of an organisation that no other test has. */
export function newRequest(changes: Partial<SignupRequest> = {}): SignupRequest {
  const label = `t${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  return {
    organisationName: `Organisation Ünique-${label}`,
    slug: label,
    administrator: { name: `Ada Ünique-${label}`, email: world.addressOf(label) },
    tier: 'starter',
    region: world.region,
    termsVersion: loadCatalog().terms.currentVersion,
    ...changes,
  };
}

export const postSignup = (request: unknown, key: string = randomUUID()) =>
  api('POST', '/signups', { headers: { 'idempotency-key': key }, body: request });

/** Signs a new organisation up. */
export async function signUp(changes: Partial<SignupRequest> = {}): Promise<Signup> {
  const request = newRequest(changes);
  const key = randomUUID();
  return accepted(request, key, await postSignup(request, key));
}

/** @returns the signup that an answer has accepted. Holds that it has. */
export function accepted(request: SignupRequest, key: string, { status, body }: ApiAnswer): Signup {
  expect({ status, body }).toEqual({ status: 202, body: expect.anything() });
  const answer = SignupAccepted.parse(body);
  return { request, key, tenantId: answer.tenantId, accepted: answer };
}

/** @returns the link of the confirmation mail, as soon as it came */
export async function confirmationLink({ request }: Signup): Promise<string> {
  const { email } = request.administrator;
  return until(`A confirmation mail to ${email}`, async () => {
    const mails = (await world.mailsTo(email)) ?? [];
    return mails.map(({ text }) => /https?:\/\/\S+\/confirmation\?token=\S+/.exec(text)?.[0]).find(Boolean);
  });
}

/** Confirms a signup by the link in its mail; where mails cannot be read, waits until somebody has pressed the button in it. */
export async function confirm(signup: Signup): Promise<void> {
  const { email } = signup.request.administrator;
  if (world.mailsTo(email) === undefined) {
    process.stderr.write(`\nPlease open the mail to ${email}, follow its link and press the button.\n`);
    await until(`The confirmation of ${email}`, async () => (await readStatus(signup)).status !== 'PENDING', world.confirmationSeconds);
    return;
  }
  const token = new URL(await confirmationLink(signup)).searchParams.get('token');
  const { status, body } = await postConfirmation(signup.tenantId, token);
  expect({ status, body }).toEqual({ status: 202, body: expect.anything() });
}

export const postConfirmation = (tenantId: string, token: string | null) =>
  api('POST', `/signups/${tenantId}/confirmation`, { body: { token } });

/** What the status URL of a signup answers. */
export async function readStatus({ accepted }: Signup): Promise<SignupStatus> {
  const answer = await fetch(accepted.statusUrl);
  expect(answer.status).toBe(200);
  return SignupStatus.parse(await answer.json());
}

/** @returns the status of a signup whose steps have all succeeded */
export const untilOnboarded = (signup: Signup) =>
  until(`The onboarding of ${signup.tenantId}`, async () => {
    const status = await readStatus(signup);
    return status.steps.every(({ state }) => state === 'SUCCEEDED') && status;
  });

/** Brings a new organisation all the way. */
export async function onboard(changes: Partial<SignupRequest> = {}): Promise<Signup> {
  const signup = await signUp(changes);
  await confirm(signup);
  await untilOnboarded(signup);
  return signup;
}
