import * as z from 'zod/mini';
import { Instant } from './identifiers.ts';

/** An id of the payment provider. */
export const ProviderId = z.string().check(z.regex(/^[A-Za-z0-9_]{1,255}$/));

/** What a tenant pays, as its record knows it: the provider's ids and what came of it. Nothing with which anybody could pay. */
export const TenantBilling = z
  .strictObject({
    customerId: ProviderId.check(z.describe('Of the payment provider, as all ids here.')),
    paymentIntentId: ProviderId,
    amountMinorUnits: z.int().check(z.minimum(0), z.describe("In the currency's minor unit: cents.")),
    currency: z.string(),
    payment: z
      .enum(['REQUESTED', 'FAILED', 'PAID', 'PAID_BACK', 'CANCELED'])
      .check(
        z.describe(
          'What has become of the payment before provisioning. FAILED may be tried again; CANCELED was not paid before the signup ended, and is canceled at the provider.',
        ),
      ),
    paidAt: z.optional(Instant),
    failure: z.optional(z.strictObject({ reason: z.string(), at: Instant })).check(z.describe('Of the last attempt to pay.')),
    subscriptionId: z.optional(ProviderId).check(z.describe('Absent until it is made, and when it has been ended with the tenant.')),
  })
  .check(z.meta({ id: 'TenantBilling' }));
export type TenantBilling = z.infer<typeof TenantBilling>;
