import * as z from 'zod/mini';
import { ProviderId, TenantBilling } from './billing.ts';
import { Finding } from './findings.ts';
import { TenantId } from './identifiers.ts';

export const BillingCheckRequest = z
  .strictObject({
    customerId: z.optional(
      ProviderId.check(
        z.meta({
          remedy: "Send the provider's id of a customer, such as cus_…, or leave it out.",
          description: 'A further customer at the provider that was made for the tenant.',
        }),
      ),
    ),
  })
  .check(z.meta({ id: 'BillingCheckRequest' }));
export type BillingCheckRequest = z.infer<typeof BillingCheckRequest>;

/** What was done to bring both sides together. */
const BillingMend = z
  .strictObject({
    does: z.enum(['settle', 'take-up-subscription', 'take-up-customer', 'cancel-subscription', 'return-payment']),
    customerId: z.optional(ProviderId),
    subscriptionId: z.optional(ProviderId),
    paymentIntentId: z.optional(ProviderId),
  })
  .check(z.meta({ id: 'BillingMend' }));

/** What a comparison of one tenant with the payment provider came to. */
export const BillingCheck = z
  .strictObject({
    tenantId: TenantId,
    billing: z.optional(TenantBilling).check(z.describe('As it is now; absent for a tenant that pays nothing.')),
    mended: z.array(BillingMend),
    findings: z.array(Finding).check(z.describe('The open findings of billing, as they are now.')),
  })
  .check(z.meta({ id: 'BillingCheck' }));
export type BillingCheck = z.infer<typeof BillingCheck>;
