import type { FindingKind } from '../../contracts/findings.ts';
import type { TenantStatus } from '../../contracts/tenant.ts';
import { tierOf } from './catalog.ts';
import type { ProviderCustomer, ProviderPayments, ProviderSubscription } from './payments.ts';
import { moneyBack, settledByEnding } from './settlement.ts';
import type { Tenant, TenantPayment } from './tenants.ts';

/*
 * What of a tenant's billing is not as it should be, decided on what both sides say and nothing else. What costs nobody anything and can be repeated is mended; what somebody has paid, or has changed at
 * the provider by hand, is found and left to people (docs/decisions/billing-reconciliation.md).
 */

/** What to do about it, of that which is safe. */
export type Mend =
  | { readonly does: 'settle' }
  | { readonly does: 'take-up-subscription'; readonly subscriptionId: string }
  | { readonly does: 'take-up-customer'; readonly customerId: string; readonly subscriptionId: string }
  | { readonly does: 'cancel-subscription'; readonly subscriptionId: string }
  | { readonly does: 'return-payment'; readonly paymentIntentId: string };

/** What is not as it should be. */
export interface Discrepancy {
  readonly mend?: Mend;
  readonly finding?: { readonly kind: BillingFindingKind; readonly about?: string; readonly reason: string };
}

/** The findings that a tenant is compared for, and those that a customer at the provider is. */
export const tenantFindingKinds = [
  'CustomerMissing',
  'SubscriptionMissing',
  'SubscriptionDoubled',
  'SubscriptionPriceWrong',
] as const satisfies readonly FindingKind[];
const customerFindingKinds = ['CustomerDoubled', 'CustomerUnknown', 'EndedTenantBilled'] as const satisfies readonly FindingKind[];
export const billingFindingKinds = [...tenantFindingKinds, ...customerFindingKinds] as const;
export type BillingFindingKind = (typeof billingFindingKinds)[number];

const hour = 3_600_000;
/** A change is given this long before it is looked at: a signup's request and the first tries of SettleBilling are over by then. */
const settlesWithin = hour;
/** After this long, asking again has not helped: SettleBilling outlives an outage of five hours, and its dead letters are looked at within a day. */
const mendsWithin = 48 * hour;
const millisecondsSince = (at: string, now: string) => Date.parse(now) - Date.parse(at);

/** Of these, what a tenant pays month by month is compared. A PROVISIONING one is on its way, and its run is watched elsewhere. */
export const chargedStatuses: readonly TenantStatus[] = ['ACTIVE', 'SUSPENDED'];
export const isCharged = (tenant: Tenant): tenant is Tenant & { readonly payment: TenantPayment } =>
  chargedStatuses.includes(tenant.status) && tenant.payment !== undefined;

/** A subscription that we did not make, or that has charged already, is nobody's to cancel but a person's. */
const extra = ({ subscriptionId, isOurs, inTrial }: ProviderSubscription): Discrepancy =>
  isOurs && inTrial
    ? { mend: { does: 'cancel-subscription', subscriptionId } }
    : {
        finding: {
          kind: 'SubscriptionDoubled',
          about: subscriptionId,
          reason: isOurs
            ? `Beside the tenant's subscription, ${subscriptionId} charges its customer too.`
            : `Beside the tenant's subscription its customer has ${subscriptionId}, which was made by somebody at the provider.`,
        },
      };

function withoutSubscription({ subscriptionId, statusChangedAt }: Tenant, now: string): Discrepancy[] {
  if (subscriptionId)
    return [{ finding: { kind: 'SubscriptionMissing', reason: `The tenant's subscription ${subscriptionId} has ended at the provider.` } }];
  const age = millisecondsSince(statusChangedAt, now);
  if (age < settlesWithin) return [];
  const reason = 'The tenant has no subscription, although it was asked for again.';
  return [{ mend: { does: 'settle' }, ...(age > mendsWithin ? { finding: { kind: 'SubscriptionMissing', reason } } : {}) }];
}

function priceOf(tenant: Tenant & { readonly payment: TenantPayment }, kept: ProviderSubscription): Discrepancy[] {
  const { amountMinorUnits, currency } = tenant.payment;
  const interval = tierOf(tenant.tier)?.price?.interval ?? 'month';
  const { price } = kept;
  if (price && price.amountMinorUnits === amountMinorUnits && price.currency === currency && price.interval === interval) return [];
  const is = price ? `${price.amountMinorUnits} ${price.currency} a ${price.interval}` : 'something else than one price';
  return [
    {
      finding: {
        kind: 'SubscriptionPriceWrong',
        about: kept.subscriptionId,
        reason: `The subscription charges ${is}, and ${amountMinorUnits} ${currency} a ${interval} was agreed (in cents).`,
      },
    },
  ];
}

/** @returns a subscription that says that it is the tenant's, and charges what was agreed */
const successorIn = (tenant: Tenant & { readonly payment: TenantPayment }, subscriptions: readonly ProviderSubscription[]) =>
  subscriptions.find((each) => each.isOurs && priceOf(tenant, each).length === 0);

/**
 * Compares a tenant that is charged with what the provider has of its customer.
 * @param subscriptions that have not ended, the newest first; undefined when the customer is gone
 */
export function compareTenant(
  tenant: Tenant & { readonly payment: TenantPayment },
  subscriptions: readonly ProviderSubscription[] | undefined,
  now: string,
): Discrepancy[] {
  if (!subscriptions)
    return [{ finding: { kind: 'CustomerMissing', reason: `The provider has no customer ${tenant.payment.customerId} any more.` } }];
  const { subscriptionId } = tenant;
  const kept = subscriptions.find((each) => (subscriptionId ? each.subscriptionId === subscriptionId : each.isOurs));
  const tooMany = subscriptions.filter((each) => each !== kept && !each.soldBeside);
  if (!kept) {
    // What somebody has put in the place of one that has ended is the tenant's, if it says so and charges what was agreed.
    const successor = successorIn(tenant, subscriptions);
    if (successor) return [{ mend: { does: 'take-up-subscription', subscriptionId: successor.subscriptionId } }];
    return [...withoutSubscription(tenant, now), ...tooMany.map((each) => extra({ ...each, inTrial: false }))];
  }
  // One whose making was not noted is noted by asking again; what is too many is seen the next time.
  if (!subscriptionId) return millisecondsSince(tenant.statusChangedAt, now) < settlesWithin ? [] : [{ mend: { does: 'settle' } }];
  return [...priceOf(tenant, kept), ...tooMany.map(extra)];
}

/** What the provider has of a customer. */
export interface Account {
  /** Whether the customer that the tenant's record names is still there. */
  readonly hasOwnCustomer: boolean;
  readonly subscriptions: readonly ProviderSubscription[];
  readonly payments: ProviderPayments;
}

/** Whether a customer is what its tenant says, so that nothing more has to be asked. */
export const isAsItShouldBe = ({ customerId }: ProviderCustomer, tenant: Tenant | undefined, now: string) =>
  tenant !== undefined &&
  // A signup that is asked for its payment again takes up what was made before (payment-requests.ts); a change is given its time.
  (tenant.status === 'PENDING' ||
    millisecondsSince(tenant.statusChangedAt, now) < settlesWithin ||
    (tenant.payment?.customerId === customerId && !settledByEnding(tenant.status)));

/** Of a tenant that has ended for so long, only somebody at the provider can change anything; its customers are looked at once in as many days. */
const endedDays = 30;
const day = 24 * hour;

/** Whether a round looks at a customer today: those of tenants that ended long ago have a day each, so that they do not cost calls in every round for good. */
export function isDue({ customerId }: ProviderCustomer, tenant: Tenant | undefined, now: string): boolean {
  if (!tenant || !settledByEnding(tenant.status) || millisecondsSince(tenant.statusChangedAt, now) < endedDays * day) return true;
  const place = [...customerId].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  return (Math.floor(Date.parse(now) / day) + place) % endedDays === 0;
}

/**
 * Compares a customer, who is not simply as it should be, with the tenant that it was made for.
 * @param tenant undefined when there is no such tenant
 */
export function compareCustomer(
  { customerId }: ProviderCustomer,
  tenant: Tenant | undefined,
  account: Account,
  now: string,
): Discrepancy[] {
  const { hasOwnCustomer, subscriptions, payments } = account;
  const returned = (ids: readonly string[]): Discrepancy[] =>
    ids.map((paymentIntentId) => ({ mend: { does: 'return-payment', paymentIntentId } }));
  if (!tenant) {
    if (subscriptions.length + payments.openIds.length === 0) return [];
    const reason = `The customer ${customerId} was made for a tenant that does not exist, and can be charged.`;
    return [{ finding: { kind: 'CustomerUnknown', about: customerId, reason } }];
  }
  if (settledByEnding(tenant.status)) {
    const owed = moneyBack(tenant.status) ? [...payments.openIds, ...payments.madeIds] : payments.openIds;
    if (subscriptions.length + owed.length === 0) return [];
    const late = millisecondsSince(tenant.statusChangedAt, now) > mendsWithin;
    const reason = `The tenant is ${tenant.status}, and its customer ${customerId} still has a subscription or a payment.`;
    const finding = late ? { finding: { kind: 'EndedTenantBilled', about: customerId, reason } as const } : {};
    // Settling knows the tenant's own customer with its subscriptions, and its one payment.
    const own = tenant.payment?.customerId === customerId ? tenant.payment.paymentIntentId : undefined;
    const settled = own !== undefined && (subscriptions.length > 0 || owed.includes(own));
    return [
      ...(settled ? [{ mend: { does: 'settle' } as const }] : []),
      ...returned(owed.filter((id) => id !== own)),
      ...(own ? [] : subscriptions.map(({ subscriptionId }) => ({ mend: { does: 'cancel-subscription', subscriptionId } as const }))),
      ...(late ? [finding] : []),
    ];
  }
  // What somebody makes in the place of a customer that was deleted is the tenant's. Until it has its subscription, it is left alone; that the other one is missing is found from the tenant's side.
  if (!hasOwnCustomer) {
    const successor = isCharged(tenant) && successorIn(tenant, subscriptions);
    return successor ? [{ mend: { does: 'take-up-customer', customerId, subscriptionId: successor.subscriptionId } }] : [];
  }
  const charging = subscriptions.filter(({ isOurs, inTrial }) => !isOurs || !inTrial);
  const reason = `The tenant has a second customer at the provider, ${customerId}, with a subscription that charges it.`;
  return [
    // As a webhook of such a payment is answered (payment-events.ts).
    ...returned([...payments.openIds, ...payments.madeIds]),
    ...subscriptions
      .filter((each) => !charging.includes(each))
      .map(({ subscriptionId }) => ({ mend: { does: 'cancel-subscription', subscriptionId } as const })),
    ...(charging.length > 0 ? [{ finding: { kind: 'CustomerDoubled', about: customerId, reason } as const }] : []),
  ];
}
