import type { TenantStatus } from '../../contracts/tenant.ts';
import { logger } from './logger.ts';
import { payBack } from './payment-events.ts';
import { paymentProvider } from './payments.ts';
import { instant } from './runtime.ts';
import { endSubscriptions, ensureSubscription } from './subscriptions.ts';
import { readTenant } from './tenants.ts';

/** What a tenant's billing must come to. */
type Due = 'subscription' | 'end' | 'end and money back' | 'as it is';
const dues: Record<TenantStatus, Due> = {
  PENDING: 'as it is',
  PROVISIONING: 'subscription',
  ACTIVE: 'subscription',
  SUSPENDED: 'subscription',
  DEPROVISIONING: 'as it is',
  DEPROVISIONED: 'end',
  // What was paid for has never been had.
  EXPIRED: 'end and money back',
  ABANDONED: 'end and money back',
};

/** Whether nothing may be charged to a tenant of this status any more. */
export const settledByEnding = (status: TenantStatus) => dues[status] === 'end' || dues[status] === 'end and money back';
/** Whether such a tenant gets back what it paid. */
export const moneyBack = (status: TenantStatus) => dues[status] === 'end and money back';

/** Whoever ends a signup asks first, so that the asking cannot be lost; it comes again until the end is written. */
class NotEndedYet extends Error {
  override readonly name = 'NotEndedYet';
  /** As the SDK says of what passes. */
  readonly $retryable = {};
}

/** Cancels a payment, or pays it back when it was made. One that is under way ends later, and its event is answered with the refund (payment-events.ts). */
export async function returnPayment(tenantId: string, paymentIntentId: string): Promise<void> {
  const state = await (await paymentProvider()).cancelPayment(paymentIntentId);
  logger.info('A payment that nothing is had for is settled.', { tenantId, paymentIntentId, state });
  if (state === 'succeeded') await payBack(tenantId, paymentIntentId);
}

/**
 * Brings a tenant's billing to what its status asks: a subscription while it lives, nothing to pay once it has ended, and its money back when it has never had what it paid for.
 * May be repeated, and come late: the tenant is read as it is now.
 * @throws NotEndedYet while a signup is about to expire; InvalidInput when the tenant lacks what a subscription is made of; ProviderError
 */
export async function settleBilling(tenantId: string): Promise<void> {
  const tenant = await readTenant(tenantId);
  if (!tenant) return;
  const { status, expiresAt } = tenant;
  if (status === 'PENDING' && expiresAt && expiresAt <= instant()) throw new NotEndedYet('The signup is about to expire.');
  const after = dues[status] === 'subscription' ? await ensureSubscription(tenant) : status;
  if (settledByEnding(after)) await endSubscriptions(tenant);
  if (moneyBack(after) && tenant.payment) await returnPayment(tenantId, tenant.payment.paymentIntentId);
}
