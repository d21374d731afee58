import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { BillingCheck } from '../../../contracts/billing-check.ts';
import { articleOf, type Finding } from '../../../contracts/findings.ts';
import { billed } from './support/builders.ts';
import { problem, success } from './support/fake-api.ts';
import { beginSignedIn, deployment } from './support/signed-in.ts';

beginSignedIn();

const tenantId = randomUUID();
const answer = (checked: Partial<BillingCheck>) => {
  deployment.api.answers.CheckBilling = () => success('CheckBilling', { tenantId, billing: billed, mended: [], findings: [], ...checked });
};
const finding: Finding = {
  ...{ findingId: '0'.repeat(32), kind: 'CustomerMissing', tenantId, reason: 'The customer is gone.', nextAction: 'Make another one.' },
  ...{ openedAt: '2026-01-01T12:00:00.000Z', lastSeenAt: '2026-01-01T12:00:00.000Z', article: articleOf('CustomerMissing') },
};

test('says what is paid, and that all is well', async () => {
  answer({});
  const { exitCode, stdout, stderr } = await deployment.run(['billing', 'check', tenantId]);
  expect(exitCode).toBe(0);
  expect(deployment.api.requests).toMatchObject([{ operation: 'CheckBilling', path: { tenantId }, body: {} }]);
  expect(stdout).toMatch(/^Subscription +sub_1$/m);
  expect(stderr).toBe('No finding of its billing is open.\n');
});

test('says what was mended and what is left, with what to do', async () => {
  answer({ mended: [{ does: 'settle' }, { does: 'cancel-subscription', subscriptionId: 'sub_2' }], findings: [finding] });
  const { stdout, stderr } = await deployment.run(['billing', 'check', tenantId]);
  expect(stdout).toContain('Ended a subscription too many: sub_2.');
  expect(stdout).toContain('Settled its billing.');
  expect(stdout).toMatch(/^CustomerMissing +2026-01-01T12:00:00\.000Z +The customer is gone\.$/m);
  expect(stdout).toContain('Make another one. docs/runbook.md#customermissing');
  expect(stderr).toBe('');
});

test('sends the customer that is to be looked at too; --json prints the answer', async () => {
  answer({ findings: [finding] });
  const { stdout } = await deployment.run(['billing', 'check', tenantId, '--customer', 'cus_2', '--json']);
  expect(deployment.api.requests[0]?.body).toEqual({ customerId: 'cus_2' });
  expect(JSON.parse(stdout)).toEqual({ tenantId, billing: billed, mended: [], findings: [finding] });
});

test('a tenant that pays nothing is no failure; one that does not exist is', async () => {
  deployment.api.answers.CheckBilling = () => success('CheckBilling', { tenantId, mended: [], findings: [] });
  expect(await deployment.run(['billing', 'check', tenantId])).toMatchObject({ exitCode: 0, stderr: 'The tenant pays nothing.\n' });
  deployment.api.answers.CheckBilling = () => problem('not-found', 'There is no such tenant.');
  expect((await deployment.run(['billing', 'check', tenantId])).exitCode).toBe(1);
});
