import { en } from 'zod/locales';
import * as z from 'zod/mini';

// Of itself, zod/mini says "Invalid input" of everything.
z.config(en());

/** Made once, at the first accepted signup; a UUID that says nothing of the customer. */
export const TenantId = z.string().check(
  z.regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, { error: 'must be a tenant id: a UUID in lower case' }),
  z.meta({
    id: 'TenantId',
    format: 'uuid',
    description: 'Made once, at the first accepted signup.',
    remedy: 'Send the id as the signup was answered with it: a UUID in lower case.',
  }),
);

/** One business request for a tenant, such as "onboard this tenant". Its restarts share it. */
export const RunId = z.string().check(z.regex(/^[a-z][a-z-]*-[0-9a-f-]{36}$/, { error: 'must be a run id such as onboard-<uuid>' }));

/** A run's restart from the top; the first is 1. */
export const Generation = z.int().check(z.minimum(1));

/** The name of a cell; short, because it stands on the head of each of its tenants. */
export const CellName = z.string().check(z.regex(/^[a-z][a-z0-9-]{0,15}$/));

/** An instant in UTC, RFC 3339, with milliseconds. */
export const Instant = z.iso
  .datetime({ precision: 3 })
  .check(z.meta({ id: 'Instant', description: 'An instant in UTC: RFC 3339 with milliseconds.' }));
