import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Problem } from '../../contracts/problem.ts';
import type { SignupAccepted, SignupStatus } from '../../contracts/signup.ts';
import type { Mail } from '../mails.ts';
import { pay } from '../payments/pay.ts';
import type { ProviderAccess } from '../payments/payment-provider.ts';
import type { SignupEnd } from './judge.ts';
import type { ShowChange } from './progress.ts';
import { expectedStatus, type SignupLine } from './signup-file.ts';

/** The stack as signups need it. */
export type SignupTarget = { apiUrl: string; payments: ProviderAccess; mails(): Promise<Mail[]> };

/** A line, how it ended, and the time from its request to its end. */
export type FinishedSignup = { line: SignupLine; end: SignupEnd; seconds: number };

/** The more signups there are, the less often each is looked at, so that looking does not slow down what is looked at. */
function pollMillisecondsFor(signups: number): number {
  return Math.min(2000, Math.max(200, signups * 10));
}

const idempotencyHeader = 'Idempotency-Key';

/**
 * Sends the signups one after the other, in the order of their file because later lines may repeat or contradict earlier ones, and follows the
 * accepted ones at the same time: opens the confirmation mail, confirms, and watches the status until it is as expected or nothing moves.
 */
export async function sendSignups(
  lines: SignupLine[],
  target: SignupTarget,
  onChange: ShowChange,
  signal: AbortSignal,
): Promise<FinishedSignup[]> {
  const pollMilliseconds = pollMillisecondsFor(lines.length);
  const mails = sharedFor(pollMilliseconds, () => target.mails());
  const tenantsByKey = new Map<string, string>();
  const followed: Promise<FinishedSignup>[] = [];
  for (const line of lines) {
    const startedAt = performance.now();
    const finish = (end: SignupEnd): FinishedSignup => ({ line, end, seconds: (performance.now() - startedAt) / 1000 });
    const { response, key } = await send(line, target.apiUrl, signal);
    if (response.status !== 202) {
      const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
      onChange(line, `refused: ${response.status} ${problem.title ?? ''}`.trim());
      followed.push(Promise.resolve(finish({ http: response.status, ...(problem.type ? { problem: problem.type } : {}) })));
      continue;
    }
    const accepted = (await response.json()) as SignupAccepted;
    const earlierTenantId = tenantsByKey.get(key);
    tenantsByKey.set(key, accepted.tenantId);
    await payFor(line, accepted, target.payments);
    onChange(line, earlierTenantId ? `${accepted.status} again` : accepted.status);
    const follower = { line, accepted, mails, onChange, signal, pollMilliseconds };
    // A signup that should have been refused is not followed: it has already ended otherwise than expected.
    const ending = line.expect.http === 202 ? follow(follower) : Promise.resolve(accepted.status);
    const finished = ending.then((status) => finish({ http: 202, tenantId: accepted.tenantId, status, earlierTenantId }));
    // A rejection is heard when all have been sent, below.
    finished.catch(() => undefined);
    followed.push(finished);
  }
  return Promise.all(followed);
}

/** Does what the customer does to pay, if the line says that anybody does. A payment that was made already stays made. */
async function payFor({ payment }: SignupLine, { next }: SignupAccepted, provider: ProviderAccess): Promise<void> {
  if (payment === 'none') return;
  const clientSecret = next.find(({ action }) => action === 'pay')?.payment?.clientSecret;
  if (clientSecret) await pay(provider, clientSecret, payment);
}

async function send(line: SignupLine, apiUrl: string, signal: AbortSignal): Promise<{ response: Response; key: string }> {
  const headers = new Headers({ 'content-type': 'application/json', [idempotencyHeader]: randomUUID() });
  for (const [name, value] of Object.entries(line.headers)) value === null ? headers.delete(name) : headers.set(name, value);
  const body = typeof line.request === 'string' ? line.request : JSON.stringify(line.request);
  const response = await fetch(`${apiUrl}/signups`, { method: 'POST', headers, body, signal });
  return { response, key: headers.get(idempotencyHeader) ?? '' };
}

/** Without a change of status or step for this long, a signup is taken to be stuck. */
const stuckMilliseconds = 60_000;

type Follower = {
  line: SignupLine;
  accepted: SignupAccepted;
  mails: () => Promise<Mail[]>;
  onChange: ShowChange;
  signal: AbortSignal;
  pollMilliseconds: number;
};

/** Returns the status that a tenant came to. */
async function follow({ line, accepted, mails, onChange, signal, pollMilliseconds }: Follower): Promise<string> {
  const awaited = expectedStatus(line);
  let confirmed = awaited === 'PENDING';
  let shown: string = accepted.status;
  let changedAt = performance.now();
  for (;;) {
    if (!confirmed) confirmed = await confirm(accepted.tenantId, mails, signal);
    const answer = await fetch(accepted.statusUrl, { signal });
    const state = answer.ok ? stateOf((await answer.json()) as SignupStatus) : `the status was answered ${answer.status}`;
    if (state !== shown) {
      onChange(line, state);
      shown = state;
      changedAt = performance.now();
    }
    const [status = ''] = state.split(':');
    if (status === awaited || performance.now() - changedAt > stuckMilliseconds) return status;
    await delay(pollMilliseconds, undefined, { signal });
  }
}

/** The status, and while the pipeline runs the step that it came to last, with the reason if that failed. */
export function stateOf({ status, steps }: Pick<SignupStatus, 'status' | 'steps'>): string {
  const latest = steps.findLast(({ state }) => state !== 'WAITING');
  if (status !== 'PROVISIONING' || !latest) return status;
  return `${status}: ${latest.label}${latest.failure ? `, failed. ${latest.failure.reason}` : ''}`;
}

/** Does what the administrator does with the mail. Returns false if it has not come yet or the confirmation was refused. */
async function confirm(tenantId: string, mails: () => Promise<Mail[]>, signal: AbortSignal): Promise<boolean> {
  const link = confirmationLink(await mails(), tenantId);
  if (!link) return false;
  const token = link.searchParams.get('token');
  link.search = '';
  const answer = await fetch(link, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
    signal,
  });
  return answer.ok;
}

/** The link that a tenant's confirmation mail carries. */
export function confirmationLink(mails: Mail[], tenantId: string): URL | undefined {
  for (const { text } of mails) {
    const [link] = text.match(/https?:\/\/\S+\/signups\/\S+\/confirmation\?token=\S+/) ?? [];
    if (link?.includes(`/signups/${tenantId}/`)) return new URL(link);
  }
  return undefined;
}

/** Answers calls that come within `milliseconds` of each other by one call. */
function sharedFor<Answer>(milliseconds: number, call: () => Promise<Answer>): () => Promise<Answer> {
  let latest: { at: number; answer: Promise<Answer> } | undefined;
  return () => {
    if (!latest || performance.now() - latest.at > milliseconds) latest = { at: performance.now(), answer: call() };
    return latest.answer;
  };
}
