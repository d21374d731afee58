import type { TenantStatus } from '../../contracts/tenant.ts';
import { tierOf } from './catalog.ts';
import { commit } from './commit.ts';
import { InvalidInput } from './errors.ts';
import { paymentProvider } from './payments.ts';
import type { Tenant } from './tenants.ts';

const actor = { kind: 'step', id: 'SettleBilling' } as const;

/** Notes a subscription that exists. @returns the status of the tenant at that moment */
const noteCreated = (tenantId: string, subscriptionId: string) =>
  commit<TenantStatus>({ tenantId }, ({ tenant }) =>
    tenant.subscriptionId
      ? { answer: tenant.status }
      : {
          answer: tenant.status,
          tenant: { subscriptionId },
          entry: { type: 'SubscriptionCreated', actor, data: { subscriptionId } },
        },
  );

/**
 * Sees to it that a tenant has its subscription, whose first month is paid already. May be repeated; the provider is asked for an existing one first.
 * @returns the tenant's status after that: it may have ended while the provider was asked
 * @throws InvalidInput when the tenant lacks what a subscription is made of; ProviderError
 */
export async function ensureSubscription({ tenantId, tier: tierName, payment, conditionsMet, ...tenant }: Tenant): Promise<TenantStatus> {
  if (tenant.subscriptionId) return tenant.status;
  const tier = tierOf(tierName);
  if (!payment || !conditionsMet.paid || !tier?.price) throw new InvalidInput('The tenant has not paid, or its tier has no price.');
  const subscriptionId = await (await paymentProvider()).createSubscription({
    tenantId,
    customerId: payment.customerId,
    paymentIntentId: payment.paymentIntentId,
    tier,
    // What was agreed at signup, whatever the catalog says by now.
    price: { amountMinorUnits: payment.amountMinorUnits, currency: payment.currency, interval: tier.price.interval },
    paidAt: conditionsMet.paid,
  });
  return noteCreated(tenantId, subscriptionId);
}

/** Sees to it that nothing more is charged to a tenant that has ended. The provider is asked what there is, so that a subscription whose making was not noted ends too. */
export async function endSubscriptions({ tenantId, payment }: Tenant): Promise<void> {
  if (!payment) return;
  await (await paymentProvider()).cancelSubscriptions(payment.customerId);
  await commit({ tenantId }, ({ tenant: { subscriptionId } }) =>
    subscriptionId
      ? {
          answer: undefined,
          tenant: { subscriptionId: undefined },
          entry: { type: 'SubscriptionCanceled', actor, data: { subscriptionId } },
        }
      : { answer: undefined },
  );
}
