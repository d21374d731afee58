import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { SignupAccepted, SignupStatus } from '../../contracts/signup.ts';
import { pay } from '../../local/payments/pay.ts';
import { confirmationLink } from '../../local/signups/send-signups.ts';
import type { MeasuredStack } from './stack.ts';

const deadlineSeconds = 120;
const pollMilliseconds = 10;

/** A signup that was accepted, as its sender knows it. */
export interface Signup {
  readonly email: string;
  readonly accepted: SignupAccepted;
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
}

/** Repeats a question until it has an answer. @throws when that takes longer than two minutes, or than is said */
export async function until<Answer>(
  what: string,
  ask: () => Promise<Answer | undefined>,
  milliseconds = pollMilliseconds,
  seconds = deadlineSeconds,
): Promise<Answer> {
  const deadline = Date.now() + seconds * 1_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${seconds} seconds.`);
    await delay(milliseconds);
  }
}

/** Signs an organisation up that nobody else has. */
export async function signUp(stack: MeasuredStack, tier = 'starter'): Promise<Signup> {
  const slug = `bench-${randomUUID().replaceAll('-', '').slice(0, 20)}`;
  const email = `${slug}@example.com`;
  const response = await fetch(`${stack.apiUrl}/signups`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify({
      organisationName: 'Figures and Measures Ltd',
      slug,
      administrator: { name: 'Ada Example', email },
      tier,
      region: stack.region,
      termsVersion: '2026-11-01',
    }),
  });
  if (response.status !== 202) throw new Error(`The signup was answered ${response.status}: ${await response.text()}`);
  return { email, accepted: (await response.json()) as SignupAccepted, acceptedAt: Date.now() };
}

/** Pays what the signup's answer asks for, as the customer's browser does. @returns whether there was anything to pay */
export async function payFor(stack: MeasuredStack, { accepted }: Signup): Promise<boolean> {
  const clientSecret = accepted.next.find(({ action }) => action === 'pay')?.payment?.clientSecret;
  if (clientSecret) await pay(stack.payments, clientSecret, 'succeeds');
  return clientSecret !== undefined;
}

/** Does what an administrator does with the mail: opens the page, presses the button. @returns when the button was pressed, in milliseconds since the epoch */
export async function confirm(
  stack: MeasuredStack,
  { accepted }: Signup,
  mails = () => stack.mails(),
  seconds = deadlineSeconds,
): Promise<number> {
  const link = await until(
    'The confirmation mail',
    async () => confirmationLink(await mails(), accepted.tenantId),
    pollMilliseconds,
    seconds,
  );
  await fetch(link);
  const token = link.searchParams.get('token');
  link.search = '';
  const pressedAt = Date.now();
  const answer = await fetch(link, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ token }) });
  if (!answer.ok) throw new Error(`The confirmation was answered ${answer.status}: ${await answer.text()}`);
  return pressedAt;
}

export async function readStatus({ accepted }: Pick<Signup, 'accepted'>): Promise<SignupStatus> {
  const answer = await fetch(accepted.statusUrl);
  if (!answer.ok) throw new Error(`The status was answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as SignupStatus;
}
