import { tierOf } from './catalog.ts';
import { commit } from './commit.ts';
import { InvalidInput } from './errors.ts';
import { paymentProvider } from './payments.ts';
import { readTenant, type Tenant } from './tenants.ts';

/** A tenant that has ended, or is about to, is not billed any more. */
const billed: readonly Tenant['status'][] = ['PROVISIONING', 'ACTIVE', 'SUSPENDED'];

const note = (tenantId: string, subscriptionId: string) =>
  commit({ tenantId }, ({ tenant }) =>
    tenant.subscriptionId
      ? { answer: tenant.subscriptionId }
      : {
          answer: subscriptionId,
          tenant: { subscriptionId },
          entry: { type: 'SubscriptionCreated', actor: { kind: 'step', id: 'CreateSubscription' }, data: { subscriptionId } },
        },
  );

/**
 * Sees to it that a tenant has its subscription, whose first month is paid already. May be repeated; the provider is asked for an existing one first.
 * @returns its id, or undefined for a tenant that is not to be billed
 * @throws InvalidInput when the tenant lacks what a subscription is made of; ProviderError
 */
export async function ensureSubscription(tenantId: string): Promise<string | undefined> {
  const tenant = await readTenant(tenantId);
  if (!tenant || !billed.includes(tenant.status)) return undefined;
  if (tenant.subscriptionId) return tenant.subscriptionId;
  const { payment, conditionsMet } = tenant;
  const tier = tierOf(tenant.tier);
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
  return note(tenantId, subscriptionId);
}
