import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from '@jest/globals';
import { expectWholeChain } from '../support/chain.ts';
import { api, expectProblem } from './support/api.ts';
import { documents, output } from './support/clients.ts';
import { auditEvents, executionsOf, readHead, slugOwner } from './support/records.ts';
import { comes, runs } from './support/schedules.ts';
import { confirm, confirmationLink, postConfirmation, readStatus, type Signup, signUp, untilOnboarded } from './support/signups.ts';
import { until } from './support/until.ts';

/* A signup that nobody confirms ends, and its slug is free again. */

const dayMilliseconds = 86_400_000;

/** Makes a signup as old as one whose time is over. */
async function age({ tenantId }: Signup, expired = true): Promise<void> {
  const signedUpAt = new Date(Date.now() - 8 * dayMilliseconds).toISOString();
  await documents.send(
    new UpdateCommand({
      TableName: output('TenantsTableName'),
      Key: { pk: `TENANT#${tenantId}`, sk: 'TENANT' },
      UpdateExpression: 'SET signedUpAt = :signedUpAt, listPosition = :position, expiresAt = :expiresAt',
      ExpressionAttributeValues: {
        ':signedUpAt': signedUpAt,
        ':position': `${signedUpAt}#${tenantId}`,
        ':expiresAt': new Date(Date.now() + (expired ? -1 : 1) * dayMilliseconds).toISOString(),
      },
    }),
  );
}

/** What the schedule does every 15 minutes. */
const expireSignups = () => runs('ExpireSignups') as Promise<{ expired: number; failed: number }>;

test('a signup that is not confirmed in time ends, its link is answered so, and its slug can be had again', async () => {
  const signup = await signUp();
  const { tenantId, request } = signup;
  const token = new URL(await confirmationLink(signup)).searchParams.get('token');
  await age(signup);
  await comes('ExpireSignups');
  const head = await until('The end of the signup', async () => {
    const found = await readHead(tenantId);
    return found.status !== 'PENDING' && found;
  });
  expect(head).toMatchObject({ status: 'EXPIRED', revision: 2 });
  expect(await readStatus(signup)).toMatchObject({ status: 'EXPIRED', expectedDurationSeconds: 0, next: [{ action: 'none' }] });
  const chain = await auditEvents(tenantId);
  expectWholeChain(chain);
  expect(chain.at(-1)).toMatchObject({ type: 'SignupExpired', actor: { kind: 'schedule' }, data: { from: 'PENDING', to: 'EXPIRED' } });
  expectProblem(await postConfirmation(tenantId, token), 'signup-expired');
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const page = await api('POST', `/signups/${tenantId}/confirmation`, { headers: form, body: `token=${token}` });
  expect(page).toMatchObject({ status: 410, text: expect.stringContaining('<h1>The signup has expired</h1>') });
  expect(await executionsOf(tenantId)).toEqual([]);

  const next = await signUp({ slug: request.slug });
  expect(await slugOwner(request.slug)).toBe(next.tenantId);
  // The schedule comes again: the new owner keeps the slug.
  expect((await expireSignups()).failed).toBe(0);
  expect(await slugOwner(request.slug)).toBe(next.tenantId);
});

test('a signup is refused after its time even before the schedule came', async () => {
  const signup = await signUp();
  const token = new URL(await confirmationLink(signup)).searchParams.get('token');
  await age(signup);
  expectProblem(await postConfirmation(signup.tenantId, token), 'signup-expired');
  expect((await readHead(signup.tenantId)).conditionsMet).toEqual({});
});

test('the schedule leaves alone what is confirmed and what has time left', async () => {
  const [confirmed, patient] = await Promise.all([signUp(), signUp()]);
  await confirm(confirmed);
  await untilOnboarded(confirmed);
  await age(patient, false);
  expect((await expireSignups()).failed).toBe(0);
  expect((await readHead(confirmed.tenantId)).status).toBe('ACTIVE');
  expect((await readHead(patient.tenantId)).status).toBe('PENDING');
  await confirm(patient);
  await untilOnboarded(patient);
});
