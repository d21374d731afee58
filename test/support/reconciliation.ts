import type { Context } from 'aws-lambda';
import type { Finding } from '../../contracts/findings.ts';
import { handler } from '../../lambdas/events/reconcile-billing.ts';
import { settleBilling } from '../../lambdas/shared/settlement.ts';
import { type Tenant, tenantItem } from '../../lambdas/shared/tenants.ts';
import type { Thing } from './fake-stripe.ts';
import { signUp, tenantOf } from './onboarding.ts';
import { stripe, world } from './payments.ts';
import { context } from './requests.ts';
import { tables } from './world.ts';

/* Tenants that are charged, what the payment provider has of them, and the comparison of the two. */

export const hour = 3_600_000;

export const change = (tenantId: string, changes: Partial<Tenant>) =>
  world.database.place(tables.tenants, tenantItem({ ...tenantOf(world, tenantId), ...changes }) as never);
export const payment = (tenantId: string) => stripe.of('payment_intents', tenantId)[0] as Thing & { status: string };
export const customerOf = (tenantId: string) => tenantOf(world, tenantId).payment?.customerId as string;
export const subscriptionIdOf = (tenantId: string) => tenantOf(world, tenantId).subscriptionId as string;
export const subscription = (id: string) => stripe.things.find((each) => each.id === id) as Thing;

/** A tenant that has paid and is active for some hours, with its subscription unless said. */
export async function chargedTenant({ settled = true, hours = 3 } = {}): Promise<string> {
  const { tenantId } = await signUp({ tier: 'business' });
  payment(tenantId).status = 'succeeded';
  change(tenantId, { status: 'ACTIVE', conditionsMet: { paid: '2026-11-20T08:00:00.000Z' } });
  if (settled) await settleBilling(tenantId);
  world.advance(hours * hour);
  world.messages.length = 0;
  return tenantId;
}

/** Has the schedule run. Rounds begin six hours after each other. */
export async function reconcile(newRound = true) {
  if (newRound) world.advance(6 * hour);
  stripe.requests.length = 0;
  return (handler as unknown as (event: object, context: Context) => Promise<Record<string, unknown>>)({}, context());
}
export const findings = () => world.database.all(tables.findings) as unknown as Finding[];
export const open = () => findings().filter(({ closedAt }) => !closedAt);
export const openKinds = () => open().map(({ kind, about }) => [kind, about ?? ''].join(' ').trim());
export const asked = () => world.messages.map(({ body }) => JSON.parse(body).tenantId);
export const written = () => stripe.requests.filter((request) => !request.startsWith('GET '));
/** A subscription beside the tenant's own. */
export const another = (tenantId: string, fields: Record<string, unknown> = {}) =>
  stripe.create('subscriptions', {
    customer: customerOf(tenantId),
    metadata: { tenantId },
    items: { 0: stripe.things.find(({ id }) => id.startsWith('tenantry-business'))?.id },
    ...fields,
  });
