import type { TenantBilling } from '../../contracts/billing.ts';
import { refundMark, type Tenant, type TenantPayment } from './tenants.ts';

function stateOf({ status, conditionsMet }: Tenant, { paymentIntentId, eventIds, failure }: TenantPayment): TenantBilling['payment'] {
  if (eventIds.includes(refundMark(paymentIntentId))) return 'PAID_BACK';
  if (conditionsMet.paid) return 'PAID';
  if (status === 'EXPIRED' || status === 'ABANDONED') return 'CANCELED';
  return failure ? 'FAILED' : 'REQUESTED';
}

/** @returns what staff see of a tenant's billing, from its record alone; undefined when it pays nothing */
export function billingOf(tenant: Tenant): TenantBilling | undefined {
  const { payment, conditionsMet, subscriptionId } = tenant;
  if (!payment) return undefined;
  const { customerId, paymentIntentId, amountMinorUnits, currency, failure } = payment;
  return {
    customerId,
    paymentIntentId,
    amountMinorUnits,
    currency,
    payment: stateOf(tenant, payment),
    ...(conditionsMet.paid ? { paidAt: conditionsMet.paid } : {}),
    ...(failure ? { failure } : {}),
    ...(subscriptionId ? { subscriptionId } : {}),
  };
}
