import * as z from 'zod/mini';
import { Instant, TenantId } from './identifiers.ts';
import { Slug, TierName } from './tenant.ts';

export const eventSource = 'tenantry.tenants';

/** What every event tells. Delivered at least once and in no order: deduplicate on `eventId`, order by `revision`. No personal data. */
const TenantEvent = z.strictObject({
  schemaVersion: z.literal(1),
  eventId: z.uuid().check(z.describe('The same for every delivery and every repetition of the same fact.')),
  occurredAt: Instant,
  tenantId: TenantId,
  revision: z.int().check(z.minimum(1), z.describe("The tenant's revision; grows with each change of its status.")),
  slug: Slug,
  tier: TierName,
  tierVersion: z.int().check(z.minimum(1)),
  region: z.string(),
});

export const TenantProvisioned = TenantEvent.check(
  z.meta({ id: 'TenantProvisioned', description: 'A tenant works: it is tested, active, and its administrator is invited.' }),
);
export type TenantProvisioned = z.infer<typeof TenantProvisioned>;
const TenantAbandoned = TenantEvent.check(
  z.meta({
    id: 'TenantAbandoned',
    description: 'A signup was given up before its tenant was active. What had been made for it is undone, and its slug is free.',
  }),
);

/** Every event on the bus, by its detail-type. */
export const events = { TenantProvisioned, TenantAbandoned } as const;
