import { emit, eventIdOf } from '../shared/bus.ts';
import { stepHandler } from '../shared/step.ts';

/*
 * Tells everyone who listens that the tenant will not be. The event's id is derived from the fact, so that a repetition, which can't be excluded, is recognised as one. It cannot be undone.
 */
export const handler = stepHandler({
  name: 'EmitTenantAbandoned',
  during: 'ABANDONED',
  finishes: true,
  intent: (tenant) => ({ eventId: eventIdOf('TenantAbandoned', tenant.tenantId, tenant.run?.runId ?? '') }),
  run: async ({ tenant, input }) => {
    const eventId = eventIdOf('TenantAbandoned', tenant.tenantId, input.runId);
    const busEventId = await emit('TenantAbandoned', {
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
