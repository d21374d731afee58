import type { NextAction } from '../../contracts/signup.ts';
import type { Tenant } from './tenants.ts';

/** What is known of the tenant's run beyond its head. Without it, nothing has failed and an active tenant's administrator is invited. */
interface Progress {
  readonly failed?: boolean;
  readonly invited?: boolean;
}

/** What the customer has to do now, in words; the same in every answer about a signup. */
export function nextActions(
  tenant: Pick<Tenant, 'status' | 'activationConditions' | 'conditionsMet' | 'expiresAt'>,
  { failed = false, invited = true }: Progress = {},
): NextAction[] {
  switch (tenant.status) {
    case 'PENDING': {
      const before = tenant.expiresAt ? { before: tenant.expiresAt } : {};
      const open = tenant.activationConditions.filter((condition) => !tenant.conditionsMet[condition]);
      return open.map((condition) =>
        condition === 'email-confirmed'
          ? {
              action: 'confirm-email',
              description: 'Open the link in the mail that the administrator was sent, and confirm the address.',
              ...before,
            }
          : { action: 'wait', description: `The signup waits until it is ${condition}.`, ...before },
      );
    }
    case 'PROVISIONING':
    case 'ACTIVE':
      if (tenant.status === 'ACTIVE' && invited)
        return [{ action: 'sign-in', description: 'Sign in with the username and the temporary password from the invitation mail.' }];
      return failed
        ? [{ action: 'wait', description: 'A step failed. Our operators are told; nothing is lost, and it goes on from that step.' }]
        : [{ action: 'wait', description: 'Your tenant is being set up. Nothing to do.' }];
    case 'EXPIRED':
    case 'ABANDONED':
      return [{ action: 'none', description: 'This signup has ended. Sign up again to start anew.' }];
    default:
      return [{ action: 'contact-support', description: 'Contact support with your tenant id.' }];
  }
}
