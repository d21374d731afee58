import type { ConfirmationAccepted } from '../../contracts/signup.ts';
import { apiHandler, Refusal } from '../shared/api.ts';
import { commit } from '../shared/commit.ts';
import { UnknownTenant } from '../shared/errors.ts';
import { transition } from '../shared/lifecycle.ts';
import { nextActions } from '../shared/next-actions.ts';
import { page, text } from '../shared/page.ts';
import { runtime } from '../shared/runtime.ts';
import { tokenMatches } from '../shared/signup-secrets.ts';
import type { Tenant } from '../shared/tenants.ts';

/*
 * Confirms the administrator's address. When that was the last condition of the tier, the tenant goes to PROVISIONING in the same transaction, and
 * start-onboarding.ts, woken by the changed record, starts the workflow. Confirming again changes nothing and answers the same.
 */

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
    const confirmed: Tenant = { ...tenant, conditionsMet: { ...tenant.conditionsMet, 'email-confirmed': now } };
    const complete = confirmed.activationConditions.every((condition) => confirmed.conditionsMet[condition]);
    const moved = complete
      ? {
          ...transition(confirmed, 'PROVISIONING', 'conditions-met', 'customer', now),
          expiresAt: undefined,
          run: { runId: `onboard-${runtime.newId()}`, generation: 1, startedAt: now },
        }
      : undefined;
    return {
      answer: answerOf({ ...confirmed, ...moved } as Tenant),
      tenant: { conditionsMet: confirmed.conditionsMet, ...moved },
      entry: {
        type: 'EmailConfirmed',
        actor: { kind: 'customer', id: tenant.administratorId },
        ...(moved ? { runId: moved.run.runId, generation: moved.run.generation } : {}),
        data: moved ? { from: tenant.status, to: moved.status, trigger: 'conditions-met' } : {},
      },
    };
  });

export const handler = apiHandler(
  'ConfirmSignup',
  async ({ path, body, fromForm }) => {
    const answer = await confirm(path['tenantId'] as string, (body as { token: string }).token);
    if (!fromForm) return { body: answer };
    return { html: page('Your address is confirmed', answer.next.map(({ description }) => text(description)).join('\n')) };
  },
  (problem) => page(problem.title, text(problem.detail)),
);
