import { emit, eventIdOf } from '../shared/bus.ts';
import { stepHandler } from '../shared/step.ts';

/*
 * Tells everyone who listens that the tenant works. The event's id is derived from the fact, so that a repetition, which can't be excluded, is recognised as one.
 * It cannot be undone; offboarding emits its own events.
 */
export const handler = stepHandler({
  name: 'EmitTenantProvisioned',
  during: 'ACTIVE',
  finishes: true,
  intent: (tenant) => ({ eventId: eventIdOf('TenantProvisioned', tenant.tenantId, tenant.run?.runId ?? '') }),
  run: async ({ tenant, input }) => {
    const eventId = eventIdOf('TenantProvisioned', tenant.tenantId, input.runId);
    const busEventId = await emit('TenantProvisioned', {
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
