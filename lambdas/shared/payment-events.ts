import type { Actor } from '../../contracts/tenant.ts';
import { meet } from './activation.ts';
import { tierOf } from './catalog.ts';
import { commit, type Decision, type View } from './commit.ts';
import { type PaymentEvent, paymentProvider } from './payments.ts';
import { instant } from './runtime.ts';
import { refundMark, type Tenant, type TenantPayment } from './tenants.ts';

const provider: Actor = { kind: 'provider', id: 'payments' };
const dayMilliseconds = 86_400_000;
/** A tier that has left the catalog keeps its paid signups as long as most do. */
const usualPendingDays = 7;
/** A payment has a handful of events; who tries a hundred cards shall not make the head grow. */
const rememberedEvents = 20;

const remembering = (payment: TenantPayment, eventId: string) => ({
  ...payment,
  eventIds: [...payment.eventIds, eventId].slice(-rememberedEvents),
});

const isOf = (payment: TenantPayment | undefined, event: PaymentEvent): payment is TenantPayment =>
  payment?.paymentIntentId === event.paymentIntentId &&
  payment.amountMinorUnits === event.amountMinorUnits &&
  payment.currency === event.currency;

/** A confirmed payment gets its signup the tier's whole time for what is still missing, so that nobody's money is taken for a signup that ends the next minute. */
function keptUntil(tenant: Tenant, now: string): string {
  const days = tierOf(tenant.tier)?.pendingDays ?? usualPendingDays;
  const renewed = instant(new Date(Date.parse(now) + days * dayMilliseconds));
  return tenant.expiresAt && tenant.expiresAt > renewed ? tenant.expiresAt : renewed;
}

/** What came of an event. `refund`: money came for nothing that can be had for it. */
type Effect = 'none' | 'failed' | 'paid' | 'refund';

function succeeded(event: PaymentEvent, { tenant, now }: View): Decision<Effect> {
  const { payment } = tenant;
  if (!isOf(payment, event)) return { answer: 'refund' };
  if (tenant.conditionsMet.paid) return { answer: 'none' };
  if (tenant.status !== 'PENDING') return { answer: 'refund' };
  const { failure: _overcome, ...rest } = payment;
  const met = meet(tenant, {
    condition: 'paid',
    actor: provider,
    type: 'PaymentSucceeded',
    now,
    expiresAt: keptUntil(tenant, now),
    data: { paymentIntentId: event.paymentIntentId, eventId: event.eventId },
    changes: { payment: remembering(rest, event.eventId) },
  });
  return { answer: 'paid', tenant: met.tenant, entry: met.entry };
}

function failed(event: PaymentEvent, { tenant }: View): Decision<Effect> {
  const { payment } = tenant;
  const { eventId, paymentIntentId, at, reason = 'The payment was declined.' } = event;
  const outOfDate = tenant.conditionsMet.paid || tenant.status !== 'PENDING' || (payment?.failure && payment.failure.at > at);
  if (!isOf(payment, event) || outOfDate) return { answer: 'none' };
  return {
    answer: 'failed',
    tenant: { payment: { ...remembering(payment, eventId), failure: { reason, at } } },
    entry: { type: 'PaymentFailed', actor: provider, data: { paymentIntentId, eventId, reason } },
  };
}

/** Pays back, and says so in the audit trail once. */
export async function payBack(tenantId: string, paymentIntentId: string): Promise<void> {
  await (await paymentProvider()).refund(paymentIntentId);
  const mark = refundMark(paymentIntentId);
  await commit({ tenantId }, ({ tenant }) => {
    if (tenant.payment?.eventIds.includes(mark)) return { answer: undefined };
    return {
      answer: undefined,
      ...(tenant.payment ? { tenant: { payment: remembering(tenant.payment, mark) } } : {}),
      entry: { type: 'PaymentRefunded', actor: provider, data: { paymentIntentId } },
    };
  });
}

/**
 * Takes what the provider tells of a payment. An event that was taken before, or that later ones have overtaken, changes nothing.
 * @throws UnknownTenant when there is no such tenant
 */
export async function takePaymentEvent(event: PaymentEvent): Promise<Effect> {
  const effect = await commit<Effect>({ tenantId: event.tenantId }, (view) => {
    if (view.tenant.payment?.eventIds.includes(event.eventId)) return { answer: 'none' };
    return event.kind === 'succeeded' ? succeeded(event, view) : failed(event, view);
  });
  if (effect === 'refund') await payBack(event.tenantId, event.paymentIntentId);
  return effect;
}
