import { tierOf } from '../../../lambdas/shared/catalog.ts';
import type { Tenant } from '../../../lambdas/shared/tenants.ts';

interface OfTenant {
  readonly id: string;
  readonly status: string;
  readonly metadata: { readonly tenantId?: string };
}

/** What the provider has: https://docs.stripe.com/api */
export interface ProvidersBooks {
  readonly payments: readonly OfTenant[];
  readonly subscriptions: readonly OfTenant[];
  readonly refunds: readonly { readonly payment_intent: string }[];
}

const unless = (holds: boolean, otherwise: string): string[] => (holds ? [] : [otherwise]);

/** @returns in what a tenant's billing is not what its status asks, in words; when nothing goes on any more */
export function brokenBilling({ tenantId, tier, status, payment, subscriptionId }: Tenant, provider: ProvidersBooks): string[] {
  if (!tierOf(tier)?.price) return unless(!payment && !subscriptionId, 'Its tier has no price, and it has a payment or a subscription.');
  const own = (things: readonly OfTenant[]) => things.filter(({ metadata }) => metadata.tenantId === tenantId);
  const paid = own(provider.payments).filter((each) => each.status === 'succeeded');
  const open = own(provider.payments).filter(
    (each) => each.id === payment?.paymentIntentId && !['succeeded', 'canceled'].includes(each.status),
  );
  const refunded = provider.refunds.filter((refund) => paid.some(({ id }) => id === refund.payment_intent));
  const subscriptions = own(provider.subscriptions);
  if (status === 'ACTIVE')
    return [
      ...unless(paid.length === 1 && paid[0]?.id === payment?.paymentIntentId, `It is ACTIVE and has paid ${paid.length} times.`),
      ...unless(refunded.length === 0, 'It is ACTIVE and got its money back.'),
      ...unless(subscriptions.length === 1, `It is ACTIVE and has ${subscriptions.length} subscriptions.`),
      ...unless(subscriptions[0]?.id === subscriptionId, 'It is ACTIVE, and its subscription is not noted.'),
    ];
  return [
    ...unless(open.length === 0, `It is ${status}, and its payment can still be made.`),
    ...unless(
      paid.length === refunded.length,
      `It is ${status}, has paid ${paid.length} times, and was paid back ${refunded.length} times.`,
    ),
    ...unless(subscriptions.length === 0, `It is ${status} and has had a subscription.`),
  ];
}
