import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { SignupRequest } from '../../contracts/signup.ts';
import { expectWholeChain } from '../support/chain.ts';
import { type ApiAnswer, expectProblem } from './support/api.ts';
import { auditEvents, executionsOf, readHead, slugOwner, usersWith } from './support/records.ts';
import {
  accepted,
  confirmationLink,
  newRequest,
  postConfirmation,
  postSignup,
  readStatus,
  type Signup,
  untilOnboarded,
} from './support/signups.ts';
import { world } from './support/world.ts';

/* Clients that repeat themselves, and customers who want the same at the same moment. */

const times = <Answer>(count: number, ask: (place: number) => Promise<Answer>) =>
  Promise.all(Array.from({ length: count }, (_, place) => ask(place)));

test('40 identical signups at once are one tenant, one mail, one execution and one answer', async () => {
  const request = newRequest();
  const { email } = request.administrator;
  const key = randomUUID();
  const answers = await times(40, () => postSignup(request, key));
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  const signup = accepted(request, key, answers[0] as ApiAnswer);
  expect(await slugOwner(request.slug)).toBe(signup.tenantId);

  const token = new URL(await confirmationLink(signup)).searchParams.get('token');
  const confirmations = await times(10, () => postConfirmation(signup.tenantId, token));
  // A late one may find the tenant further on already.
  for (const { status, body } of confirmations) {
    expect(status).toBe(202);
    expect(body).toMatchObject({ tenantId: signup.tenantId, status: expect.stringMatching(/^(PROVISIONING|ACTIVE)$/) });
  }
  await untilOnboarded(signup);

  expect(await executionsOf(signup.tenantId)).toMatchObject([{ status: 'SUCCEEDED' }]);
  expect(await usersWith(email)).toHaveLength(1);
  const chain = await auditEvents(signup.tenantId);
  expectWholeChain(chain);
  expect(chain.filter(({ type }) => type === 'SignedUp' || type === 'EmailConfirmed')).toHaveLength(2);
  const mails = (await world.mailsTo(email)) ?? [];
  expect(mails.map(({ subject }) => subject)).toEqual(['Confirm your e-mail address', 'Your tenant is ready']);
});

test('of 20 who want the same slug at once one gets it, and the others are told so', async () => {
  const { slug } = newRequest();
  const requests = Array.from({ length: 20 }, () => newRequest({ slug }));
  const answers = await Promise.all(requests.map((request) => postSignup(request)));
  const winners = answers.flatMap((answer, place) =>
    answer.status === 202 ? [accepted(requests[place] as SignupRequest, 'unused', answer)] : [],
  );
  expect(winners).toHaveLength(1);
  for (const answer of answers) if (answer.status !== 202) expectProblem(answer, 'slug-taken', ['/slug']);
  const [winner] = winners as [Signup];
  expect(await slugOwner(slug)).toBe(winner.tenantId);

  await confirmationLink(winner);
  const mailed = await Promise.all(requests.map(async ({ administrator }) => (await world.mailsTo(administrator.email)) ?? []));
  expect(mailed.flat()).toHaveLength(1);
});

test('one key with two bodies at once is one tenant; the other body is refused', async () => {
  const key = randomUUID();
  const requests = [newRequest(), newRequest()] as const;
  const answers = await times(20, (place) => postSignup(requests[place % 2], key));
  const same = answers.filter(({ status }) => status === 202);
  expect(new Set(same.map(({ text }) => text)).size).toBe(1);
  expect(same).toHaveLength(10);
  for (const answer of answers) if (answer.status !== 202) expectProblem(answer, 'idempotency-key-reused');
  const owners = await Promise.all(requests.map(({ slug }) => slugOwner(slug)));
  expect(owners.filter((owner) => owner !== undefined)).toHaveLength(1);
});

test('a key that was refused for its slug may be used again', async () => {
  const [first, second] = [newRequest(), newRequest()];
  expect((await postSignup(first)).status).toBe(202);
  const key = randomUUID();
  expectProblem(await postSignup({ ...second, slug: first.slug }, key), 'slug-taken', ['/slug']);
  const signup = accepted(second, key, await postSignup(second, key));
  expect(await readHead(signup.tenantId)).toMatchObject({ status: 'PENDING', slug: second.slug });
  expect((await readStatus(signup)).status).toBe('PENDING');
});
