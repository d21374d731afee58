import type { Finding } from '../../contracts/findings.ts';
import type { Actor } from '../../contracts/tenant.ts';
import {
  type BillingFindingKind,
  billingFindingKinds,
  compareCustomer,
  compareTenant,
  type Discrepancy,
  isAsItShouldBe,
  isCharged,
  isDue,
  type Mend,
  tenantFindingKinds,
} from './billing-comparison.ts';
import { commit } from './commit.ts';
import { closeFinding, findingIdOf, findingsOf, raiseFinding } from './findings.ts';
import { logger } from './logger.ts';
import { type ProviderCustomer, paymentProvider } from './payments.ts';
import { instant } from './runtime.ts';
import { returnPayment } from './settlement.ts';
import { readTenant, type Tenant } from './tenants.ts';

/** What was found, and of which tenant; undefined when there is no such tenant. */
export interface Compared {
  readonly tenant: Tenant | undefined;
  readonly discrepancies: readonly Discrepancy[];
}

/**
 * Compares a tenant with its customer at the provider; one that is not charged has nothing to compare here.
 * @throws ProviderError, and then nothing is known
 */
export async function lookAtTenant(tenantId: string): Promise<Compared> {
  const tenant = await readTenant(tenantId);
  if (!tenant || !isCharged(tenant)) return { tenant, discrepancies: [] };
  const provider = await paymentProvider();
  const customer = await provider.findCustomer(tenant.payment.customerId);
  const subscriptions = customer && (await provider.subscriptionsOf(customer.customerId));
  return { tenant, discrepancies: compareTenant(tenant, subscriptions, instant()) };
}

/**
 * Compares a customer at the provider with the tenant that it was made for; in a round only on its day.
 * @throws ProviderError, and then nothing is known
 */
export async function lookAtCustomer(customer: ProviderCustomer, { inRound = false } = {}): Promise<Compared> {
  const tenant = await readTenant(customer.tenantId);
  const now = instant();
  if (isAsItShouldBe(customer, tenant, now) || (inRound && !isDue(customer, tenant, now))) return { tenant, discrepancies: [] };
  const provider = await paymentProvider();
  const { customerId } = customer;
  const own = tenant?.payment?.customerId;
  const hasOwnCustomer = own === undefined || own === customerId || (await provider.findCustomer(own)) !== undefined;
  const account = {
    hasOwnCustomer,
    subscriptions: await provider.subscriptionsOf(customerId),
    payments: await provider.paymentsOf(customerId),
  };
  return { tenant, discrepancies: compareCustomer(customer, tenant, account, now) };
}

/** The tenant's subscription or customer has become another one since it was compared. What is so now is seen the next time. */
const sameBilling = (seen: Tenant, now: Tenant) =>
  now.status === seen.status && now.subscriptionId === seen.subscriptionId && now.payment?.customerId === seen.payment?.customerId;

/** Notes on the tenant what somebody made at the provider in the place of what is gone there. */
const takeUp = (seen: Tenant, subscriptionId: string, actor: Actor, customerId = seen.payment?.customerId) =>
  commit({ tenantId: seen.tenantId }, ({ tenant }) => {
    if (!tenant.payment || !customerId || !sameBilling(seen, tenant)) return { answer: undefined };
    const type = customerId === tenant.payment.customerId ? 'SubscriptionTakenUp' : 'CustomerTakenUp';
    return {
      answer: undefined,
      tenant: { subscriptionId, payment: { ...tenant.payment, customerId } },
      entry: { type, actor, data: { customerId, subscriptionId } },
    };
  });

/** Ends a subscription that charges nothing yet. It is in the tenant's trail before it is done; done again after a crash, it is written again. */
async function endExtra(seen: Tenant, subscriptionId: string, actor: Actor): Promise<void> {
  const stillExtra = await commit<boolean>({ tenantId: seen.tenantId }, ({ tenant }) =>
    sameBilling(seen, tenant)
      ? { answer: true, entry: { type: 'ExtraSubscriptionEnded', actor, data: { subscriptionId } } }
      : { answer: false },
  );
  if (stillExtra) await (await paymentProvider()).cancelSubscription(subscriptionId);
}

/** Who mends, and how a tenant's billing is settled then: at once, or by asking for it. */
export interface Mender {
  readonly actor: Actor;
  readonly settle: (tenantId: string) => Promise<unknown>;
}

async function apply(mend: Mend, tenant: Tenant, { actor, settle }: Mender): Promise<void> {
  const { tenantId } = tenant;
  logger.info('A discrepancy of billing is mended.', { tenantId, ...mend });
  if (mend.does === 'settle') await settle(tenantId);
  else if (mend.does === 'return-payment') await returnPayment(tenantId, mend.paymentIntentId);
  else if (mend.does === 'take-up-subscription') await takeUp(tenant, mend.subscriptionId, actor);
  else if (mend.does === 'take-up-customer') await takeUp(tenant, mend.subscriptionId, actor, mend.customerId);
  else await endExtra(tenant, mend.subscriptionId, actor);
}

/**
 * Mends what is safe, and opens findings for the rest.
 * @returns what was done, and how much was found
 */
export async function act(
  { tenant, discrepancies }: Compared,
  mender: Mender,
): Promise<{ readonly mended: Mend[]; readonly found: number }> {
  const mended: Mend[] = [];
  let found = 0;
  for (const { mend, finding } of discrepancies) {
    if (mend && tenant) {
      await apply(mend, tenant, mender);
      mended.push(mend);
    }
    if (finding) {
      await raiseFinding({ ...finding, tenantId: tenant?.tenantId, actor: mender.actor });
      found += 1;
    }
  }
  return { mended, found };
}

const isOneOf = (kinds: readonly string[], kind: string) => kinds.includes(kind);

async function lookAgain({ tenantId, about, kind }: Finding): Promise<readonly Discrepancy[]> {
  if (isOneOf(tenantFindingKinds, kind)) return tenantId ? (await lookAtTenant(tenantId)).discrepancies : [];
  const customer = about && (await (await paymentProvider()).findCustomer(about));
  return customer ? (await lookAtCustomer(customer)).discrepancies : [];
}

/**
 * Closes an open finding of billing that no longer holds. Nothing is mended by it.
 * @returns whether it was closed
 * @throws ProviderError, and then it stays open
 */
export async function closeIfOver(open: Finding, actor: Actor): Promise<boolean> {
  const { kind, tenantId, about, findingId } = open;
  // Before the look: what is found anew meanwhile is not closed by it.
  const at = instant();
  const discrepancies = await lookAgain(open);
  if (discrepancies.some(({ finding }) => finding && findingIdOf({ ...finding, tenantId }) === findingId)) return false;
  return closeFinding({ kind, tenantId, about }, { actor, at, reason: 'The payment provider and the tenant agree again.' });
}

/** @returns a tenant's open findings of billing */
export const openBillingFindings = async (tenantId: string): Promise<(Finding & { readonly kind: BillingFindingKind })[]> =>
  (await findingsOf(tenantId)).filter(
    (finding): finding is Finding & { kind: BillingFindingKind } => !finding.closedAt && isOneOf(billingFindingKinds, finding.kind),
  );
