import * as z from 'zod';

/** Made once, at the first accepted signup; a UUID that says nothing of the customer. */
export const TenantId = z
  .string()
  // In lower case only: keys compare exactly, so that the same id in capitals would be another tenant's.
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, { error: 'must be a tenant id: a UUID in lower case' })
  .meta({ id: 'TenantId', format: 'uuid', description: 'Made once, at the first accepted signup.' });

/** One business request for a tenant, such as "onboard this tenant". Its restarts share it. */
export const RunId = z.string().regex(/^[a-z][a-z-]*-[0-9a-f-]{36}$/, { error: 'must be a run id such as onboard-<uuid>' });

/** A run's restart from the top; the first is 1. */
export const Generation = z.int().min(1);

/** The name of a cell; short, because it stands on the head of each of its tenants. */
export const CellName = z.string().regex(/^[a-z][a-z0-9-]{0,15}$/);

/** An instant in UTC, RFC 3339, with milliseconds. */
export const Instant = z.iso
  .datetime({ precision: 3 })
  .meta({ id: 'Instant', description: 'An instant in UTC: RFC 3339 with milliseconds.' });
