import type { Tier } from '../../catalog/catalog.ts';
import { commit } from './commit.ts';
import { paymentProvider } from './payments.ts';
import { readTenant, type TenantPayment } from './tenants.ts';

/** What there is to pay, and what to pay it with. */
export interface PaymentDue {
  readonly payment: TenantPayment;
  readonly clientSecret: string;
}

/** Notes the payment on a PENDING tenant that has none. @returns the tenant's payment, whichever it is; undefined when the signup has ended */
const note = (tenantId: string, payment: TenantPayment) =>
  commit<TenantPayment | undefined>({ tenantId }, ({ tenant }) => {
    if (tenant.payment || tenant.status !== 'PENDING') return { answer: tenant.payment };
    const { customerId, paymentIntentId, amountMinorUnits, currency } = payment;
    return {
      answer: payment,
      tenant: { payment },
      entry: {
        type: 'PaymentRequested',
        actor: { kind: 'customer', id: tenant.administratorId },
        data: { customerId, paymentIntentId, amountMinorUnits, currency },
      },
    };
  });

/**
 * Sees to it that a tenant of a tier with a price has one payment at the provider. Asked again, it answers the same; `inDoubt` says that it may have been asked before, so that what is
 * there already is looked for.
 * @returns undefined when the signup ended before anything was asked
 */
export async function ensurePayment(
  tenantId: string,
  price: NonNullable<Tier['price']>,
  inDoubt: boolean,
): Promise<PaymentDue | undefined> {
  const tenant = await readTenant(tenantId);
  const provider = await paymentProvider();
  if (tenant?.payment) return { payment: tenant.payment, clientSecret: await provider.clientSecretOf(tenant.payment.paymentIntentId) };
  if (tenant?.status !== 'PENDING') return undefined;
  const { amountMinorUnits, currency } = price;
  const requested = await provider.requestPayment({ tenantId, amountMinorUnits, currency, signedUpAt: tenant.signedUpAt, inDoubt });
  const { customerId, paymentIntentId, clientSecret } = requested;
  const noted = await note(tenantId, { customerId, paymentIntentId, amountMinorUnits, currency, eventIds: [] });
  if (noted?.paymentIntentId === paymentIntentId) return { payment: noted, clientSecret };
  // The same request, at the same time, was first, or the signup has ended: nobody shall be able to pay this one.
  await provider.cancelPayment(paymentIntentId);
  return noted && { payment: noted, clientSecret: await provider.clientSecretOf(noted.paymentIntentId) };
}
