import { ConfirmSignup } from '../../contracts/routes.ts';
import type { ConfirmationAccepted } from '../../contracts/signup.ts';
import { meet } from '../shared/activation.ts';
import { apiHandler, Refusal } from '../shared/api.ts';
import { commit } from '../shared/commit.ts';
import { UnknownTenant } from '../shared/errors.ts';
import { nextActions } from '../shared/next-actions.ts';
import { page, text } from '../shared/page.ts';
import { tokenMatches } from '../shared/signup-secrets.ts';
import type { Tenant } from '../shared/tenants.ts';

/* Confirms the administrator's address, which is a condition of every tier (activation.ts). Confirming again changes nothing and answers the same. */

const answerOf = (tenant: Tenant): ConfirmationAccepted => ({
  tenantId: tenant.tenantId,
  status: tenant.status,
  next: nextActions(tenant),
});

const confirm = (tenantId: string, token: string) =>
  commit<ConfirmationAccepted>({ tenantId }, ({ tenant, now }) => {
    if (!tokenMatches(token, tenant.confirmationTokenHash)) throw new UnknownTenant('There is no such signup.');
    if (tenant.conditionsMet['email-confirmed']) return { answer: answerOf(tenant) };
    if (tenant.status !== 'PENDING' || (tenant.expiresAt && tenant.expiresAt <= now))
      throw new Refusal('signup-expired', 'The signup was not confirmed in time and has ended. Sign up again.');
    const { moved, ...written } = meet(tenant, {
      condition: 'email-confirmed',
      actor: { kind: 'customer', id: tenant.administratorId },
      type: 'EmailConfirmed',
      now,
    });
    return { answer: answerOf(moved), ...written };
  });

export const handler = apiHandler(
  ConfirmSignup,
  async ({ path, body, fromForm }) => {
    const answer = await confirm(path['tenantId'] as string, (body as { token: string }).token);
    if (!fromForm) return { body: answer };
    return { html: page('Your address is confirmed', answer.next.map(({ description }) => text(description)).join('\n')) };
  },
  (problem) => page(problem.title, text(problem.detail)),
);
