import type { NextAction } from '../../contracts/signup.ts';
import type { Tenant } from './tenants.ts';

/** What is known of the tenant's run beyond its head. Without it, nothing has failed and an active tenant's administrator is invited. */
interface Progress {
  readonly failed?: boolean;
  readonly invited?: boolean;
  /** Whether the run waits for onboarding to go on. */
  readonly held?: boolean;
  /** With what the customer's browser pays; known where the payment was just asked for. */
  readonly clientSecret?: string;
}

type Of = Pick<Tenant, 'status' | 'activationConditions' | 'conditionsMet' | 'expiresAt' | 'payment'>;

function payAction({ payment, expiresAt }: Of, clientSecret: string | undefined): NextAction {
  const before = expiresAt ? { before: expiresAt } : {};
  if (!payment)
    return {
      action: 'wait',
      description: 'The payment is not prepared yet. Send the same signup again, with the same Idempotency-Key.',
      ...before,
    };
  const { amountMinorUnits, currency, paymentIntentId, failure } = payment;
  return {
    action: 'pay',
    description: failure ? `${failure.reason} Try again, or pay with another card.` : 'Pay for the first month.',
    ...before,
    payment: { amountMinorUnits, currency, paymentIntentId, ...(clientSecret ? { clientSecret } : {}), ...(failure ? { failure } : {}) },
  };
}

/** What the customer has to do now, in words; the same in every answer about a signup. */
export function nextActions(tenant: Of, { failed = false, invited = true, held = false, clientSecret }: Progress = {}): NextAction[] {
  switch (tenant.status) {
    case 'PENDING': {
      const before = tenant.expiresAt ? { before: tenant.expiresAt } : {};
      const open = (tenant.activationConditions ?? []).filter((condition) => !tenant.conditionsMet[condition]);
      return open.map((condition) =>
        condition === 'email-confirmed'
          ? {
              action: 'confirm-email',
              description: 'Open the link in the mail that the administrator was sent, and confirm the address.',
              ...before,
            }
          : condition === 'paid'
            ? payAction(tenant, clientSecret)
            : { action: 'wait', description: `The signup waits until it is ${condition}.`, ...before },
      );
    }
    case 'PROVISIONING':
    case 'ACTIVE':
      if (tenant.status === 'ACTIVE' && invited)
        return [{ action: 'sign-in', description: 'Sign in with the username and the temporary password from the invitation mail.' }];
      if (held)
        return [
          {
            action: 'wait',
            description: 'New tenants are not set up at the moment. Nothing is lost, and it goes on by itself as soon as that is over.',
          },
        ];
      return failed
        ? [
            {
              action: 'wait',
              description:
                'A step failed. It is tried again, and our operators are told if that does not help; nothing is lost, and it goes on from that step.',
            },
          ]
        : [{ action: 'wait', description: 'Your tenant is being set up. Nothing to do.' }];
    case 'EXPIRED':
    case 'ABANDONED':
      return [{ action: 'none', description: 'This signup has ended. Sign up again to start anew.' }];
    default:
      return [{ action: 'contact-support', description: 'Contact support with your tenant id.' }];
  }
}
