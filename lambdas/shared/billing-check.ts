import type { Finding, FindingKind } from '../../contracts/findings.ts';
import type { Actor } from '../../contracts/tenant.ts';
import {
  compareCustomer,
  compareTenant,
  customerFindingKinds,
  type Discrepancy,
  isAsItShouldBe,
  isCharged,
  type Mend,
  tenantFindingKinds,
} from './billing-comparison.ts';
import { askToSettle } from './billing-queue.ts';
import { commit } from './commit.ts';
import { explain } from './errors.ts';
import { closeFinding, findingIdOf, findingsOf, openFindings, raiseFinding } from './findings.ts';
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
 * Compares a customer at the provider with the tenant that it was made for.
 * @throws ProviderError, and then nothing is known
 */
export async function lookAtCustomer(customer: ProviderCustomer): Promise<Compared> {
  const tenant = await readTenant(customer.tenantId);
  const now = instant();
  if (isAsItShouldBe(customer, tenant, now)) return { tenant, discrepancies: [] };
  const provider = await paymentProvider();
  const [subscriptions, payments] = [await provider.subscriptionsOf(customer.customerId), await provider.paymentsOf(customer.customerId)];
  return { tenant, discrepancies: compareCustomer(customer, tenant, { subscriptions, payments }, now) };
}

/** Writes into the tenant's trail what is done at the provider next; done again after a crash, it is written again. */
const note = (tenantId: string, type: 'SubscriptionTakenUp' | 'ExtraSubscriptionEnded', subscriptionId: string, actor: Actor) =>
  commit({ tenantId }, () => ({
    answer: undefined,
    ...(type === 'SubscriptionTakenUp' ? { tenant: { subscriptionId } } : {}),
    entry: { type, actor, data: { subscriptionId } },
  }));

async function apply(mend: Mend, tenantId: string, actor: Actor): Promise<void> {
  logger.info('A discrepancy of billing is mended.', { tenantId, ...mend });
  if (mend.does === 'settle') await askToSettle(tenantId);
  else if (mend.does === 'return-payment') await returnPayment(tenantId, mend.paymentIntentId);
  else if (mend.does === 'take-up-subscription') await note(tenantId, 'SubscriptionTakenUp', mend.subscriptionId, actor);
  else {
    await note(tenantId, 'ExtraSubscriptionEnded', mend.subscriptionId, actor);
    await (await paymentProvider()).cancelSubscription(mend.subscriptionId);
  }
}

/**
 * Mends what is safe, and opens findings for the rest.
 * @returns how much of each there was
 */
export async function act({ tenant, discrepancies }: Compared, actor: Actor): Promise<{ readonly mended: number; readonly found: number }> {
  let mended = 0;
  let found = 0;
  for (const { mend, finding } of discrepancies) {
    if (mend && tenant) {
      await apply(mend, tenant.tenantId, actor);
      mended += 1;
    }
    if (finding) {
      await raiseFinding({ ...finding, tenantId: tenant?.tenantId, actor });
      found += 1;
    }
  }
  return { mended, found };
}

const isOneOf = (kinds: readonly FindingKind[], kind: FindingKind) => kinds.includes(kind);

async function lookAgain({ tenantId, about, kind }: Finding): Promise<readonly Discrepancy[]> {
  if (isOneOf(tenantFindingKinds, kind)) return tenantId ? (await lookAtTenant(tenantId)).discrepancies : [];
  const customer = about && (await (await paymentProvider()).findCustomer(about));
  return customer ? (await lookAtCustomer(customer)).discrepancies : [];
}

/** Closes an open finding of billing that no longer holds. @returns whether it was closed */
async function closeIfOver(open: Finding, actor: Actor): Promise<boolean> {
  const { kind, tenantId, about, findingId } = open;
  // Before the look: what is found anew meanwhile is not closed by it.
  const at = instant();
  const discrepancies = await lookAgain(open);
  if (discrepancies.some(({ finding }) => finding && findingIdOf({ ...finding, tenantId }) === findingId)) return false;
  return closeFinding({ kind, tenantId, about }, { actor, at, reason: 'The payment provider and the tenant agree again.' });
}

const kinds: readonly FindingKind[] = [...tenantFindingKinds, ...customerFindingKinds];
async function* everyOpenFinding(): AsyncGenerator<Finding> {
  for (const kind of kinds) yield* openFindings(kind);
}
const openFindingsOf = async (tenantId: string) =>
  (await findingsOf(tenantId)).filter(({ kind, closedAt }) => !closedAt && isOneOf(kinds, kind));

/**
 * Looks at the open findings of billing again, of one tenant or of all, and closes those that no longer hold. Nothing is mended by it.
 * @param goOn asked before each; what is left is looked at the next time
 * @returns how many were closed
 * @throws ProviderError when the provider is away
 */
export async function recheckFindings(actor: Actor, goOn: () => boolean, tenantId?: string): Promise<number> {
  let closed = 0;
  for await (const finding of tenantId ? await openFindingsOf(tenantId) : everyOpenFinding()) {
    if (!goOn()) break;
    try {
      if (await closeIfOver(finding, actor)) closed += 1;
    } catch (error) {
      const { class: failureClass, error: errorName, operation } = explain(error);
      logger.error('A finding could not be looked at again.', { findingId: finding.findingId, class: failureClass, errorName, operation });
      if (failureClass === 'retry' || failureClass === 'quota') throw error;
    }
  }
  return closed;
}
