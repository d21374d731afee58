import type { StepResult } from '../../contracts/steps.ts';
import { emit, eventIdOf } from './bus.ts';
import type { Tenant } from './tenants.ts';

/*
 * What the last step of a workflow does: it tells everyone who listens what has become of the tenant. The event's id is derived from the fact, so that a repetition, which can't be excluded, is
 * recognised as one.
 */

interface Announced {
  readonly tenant: Tenant;
  readonly input: { readonly runId: string };
}

export const announcing = (type: 'TenantProvisioned' | 'TenantAbandoned') => ({
  finishes: true as const,
  intent: (tenant: Tenant) => ({ eventId: eventIdOf(type, tenant.tenantId, tenant.run?.runId ?? '') }),
  run: async ({ tenant, input }: Announced): Promise<{ readonly result: StepResult<'EmitTenantProvisioned'> }> => {
    const eventId = eventIdOf(type, tenant.tenantId, input.runId);
    const busEventId = await emit(type, {
      schemaVersion: 1,
      eventId,
      occurredAt: tenant.statusChangedAt,
      tenantId: tenant.tenantId,
      revision: tenant.revision,
      slug: tenant.slug,
      tier: tenant.tier,
      tierVersion: tenant.tierVersion,
      region: tenant.region,
    });
    return { result: { eventId, busEventId } };
  },
});
