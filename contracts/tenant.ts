import * as z from 'zod/mini';
import { TenantBilling } from './billing.ts';
import { Generation, Instant, RunId, TenantId } from './identifiers.ts';
import { nextCursor, pageQuery } from './paging.ts';
import { FailureClass, StepName, StepState } from './steps.ts';

/** Where a tenant is in its life. The transitions between them stand in lambdas/shared/lifecycle.ts. */
export const TenantStatus = z
  .enum(['PENDING', 'PROVISIONING', 'ACTIVE', 'SUSPENDED', 'DEPROVISIONING', 'DEPROVISIONED', 'EXPIRED', 'ABANDONED'])
  .check(z.meta({ id: 'TenantStatus' }));
export type TenantStatus = z.infer<typeof TenantStatus>;

/** A DNS label (RFC 1123, at most 63 octets) that is no A-label (RFC 5891 reserves "--" at the third place). */
export const Slug = z.string().check(
  z.regex(/^(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/),
  z.meta({
    id: 'Slug',
    description: 'The name of the tenant in addresses: a DNS label of 1 to 63 lower-case letters, digits and inner hyphens.',
    remedy: 'Send 1 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends and no "--" at the third place.',
  }),
);

export const TierName = z.string().check(z.regex(/^[a-z][a-z0-9-]{0,31}$/));

/** What a list of tenants shows of each. Personal data is not in it. */
export const TenantSummary = z
  .strictObject({
    tenantId: TenantId,
    slug: Slug,
    tier: TierName,
    region: z.string(),
    status: TenantStatus,
    revision: z.int().check(z.minimum(1), z.describe('Grows by one with each change of status.')),
    signedUpAt: Instant,
    statusChangedAt: Instant,
  })
  .check(z.meta({ id: 'TenantSummary' }));
export type TenantSummary = z.infer<typeof TenantSummary>;

/** A step as staff see it. */
export const StepDetail = z
  .strictObject({
    step: StepName,
    state: StepState,
    attempt: z.int().check(z.minimum(0)),
    redriveCount: z.int().check(z.minimum(0)),
    startedAt: z.optional(Instant),
    endedAt: z.optional(Instant),
    expectedDurationSeconds: z.int().check(z.minimum(1)),
    failure: z.optional(
      z.strictObject({
        class: FailureClass,
        reason: z.string(),
        nextAction: z.string().check(z.describe('What staff do now; the customer is told something else.')),
        error: z.string(),
        operation: z.optional(z.string()),
      }),
    ),
  })
  .check(z.meta({ id: 'StepDetail' }));
export type StepDetail = z.infer<typeof StepDetail>;

export const TenantDetail = z
  .strictObject({
    ...TenantSummary.shape,
    tierVersion: z.int().check(z.minimum(1)),
    termsVersion: z.string(),
    expiresAt: z.optional(Instant),
    run: z.optional(z.strictObject({ runId: RunId, generation: Generation, startedAt: Instant })),
    siloTemplateVersion: z
      .optional(z.string())
      .check(z.describe("Of the Silo template that the tenant's own resources were made from; absent for tenants that share everything.")),
    hostName: z.optional(z.string()).check(z.describe('Under which a tenant with resources of its own is reached.')),
    administratorUsername: z.optional(z.string()).check(z.describe('The opaque username of the first administrator.')),
    billing: z.optional(TenantBilling).check(z.describe('Absent for a tenant that pays nothing.')),
    notUndone: z.optional(z.array(z.string())).check(z.describe('Of an abandoned tenant: what could not be undone, and why.')),
    steps: z.array(StepDetail).check(z.describe('The steps of the current run.')),
  })
  .check(z.meta({ id: 'TenantDetail' }));
export type TenantDetail = z.infer<typeof TenantDetail>;

export const TenantPage = z.strictObject({ tenants: z.array(TenantSummary), nextCursor }).check(z.meta({ id: 'TenantPage' }));
export type TenantPage = z.infer<typeof TenantPage>;

/** Who did something: ids and pseudonyms only. */
export const Actor = z
  .strictObject({
    kind: z.enum(['customer', 'staff', 'step', 'schedule', 'provider']),
    id: z.string().check(z.minLength(1), z.maxLength(200)),
  })
  .check(z.meta({ id: 'Actor' }));
export type Actor = z.infer<typeof Actor>;

/** Stands in the place of a tenant's id where something concerns no single tenant, but the platform. */
export const platform = 'PLATFORM';

/** One link of an audit chain, a tenant's or the platform's: `hash` is the SHA-256, in hexadecimal, of the RFC 8785 form of all other fields. */
export const AuditEvent = z
  .strictObject({
    tenantId: z.union([TenantId, z.literal(platform)]),
    seq: z.int().check(z.minimum(1)),
    version: z.literal(1),
    type: z.string(),
    at: Instant,
    actor: Actor,
    reason: z.optional(z.string()),
    runId: z.optional(RunId),
    generation: z.optional(Generation),
    step: z.optional(StepName),
    attempt: z.optional(z.int().check(z.minimum(1))),
    revision: z.int().check(z.minimum(1)),
    data: z.record(z.string(), z.json()),
    prevHash: z.string(),
    hash: z.string(),
  })
  .check(z.meta({ id: 'AuditEvent' }));
export type AuditEvent = z.infer<typeof AuditEvent>;
export const AuditEventPage = z.strictObject({ events: z.array(AuditEvent), nextCursor }).check(z.meta({ id: 'AuditEventPage' }));
export type AuditEventPage = z.infer<typeof AuditEventPage>;

export const ListTenantsQuery = z.extend(
  z.strictObject({
    status: z.optional(TenantStatus),
    tier: z.optional(TierName),
  }),
  pageQuery,
);
export const ListTenantEventsQuery = z.strictObject(pageQuery);

/** Why a member of staff does something; the audit trail keeps it for good. */
export const Reason = z
  .string()
  .check(
    z.regex(/^(?=.*[\p{L}\p{N}\p{P}\p{S}])[^\p{Cc}\p{Cs}]{1,500}$/u),
    z.meta({ remedy: 'Say in 1 to 500 characters why; no names and no addresses, because the audit trail keeps it for good.' }),
  );

export const RedriveRequest = z
  .strictObject({
    reason: Reason,
    newGeneration: z
      ._default(z.boolean(), false)
      .check(
        z.meta({ remedy: 'Send true or false.' }),
        z.describe('Start the run again from the top, by the newest definition, instead of going on in the failed execution.'),
      ),
  })
  .check(z.meta({ id: 'RedriveRequest' }));
export type RedriveRequest = z.infer<typeof RedriveRequest>;
export const RedriveAccepted = z
  .strictObject({
    tenantId: TenantId,
    runId: RunId,
    generation: Generation,
    way: z
      .enum(['redrive', 'new-generation'])
      .check(
        z.describe(
          'Whether the execution goes on at its failed step, or the run starts from the top and steps that are done answer again.',
        ),
      ),
    redriveCount: z.int().check(z.minimum(0), z.describe('The redrives of this generation.')),
    definitionChanged: z
      .boolean()
      .check(
        z.describe(
          'The workflow has changed since the execution started, and a redrive goes on by the old one; a new generation has the new one.',
        ),
      ),
    step: z.optional(StepName).check(z.describe('Where the run stopped.')),
  })
  .check(z.meta({ id: 'RedriveAccepted' }));
export type RedriveAccepted = z.infer<typeof RedriveAccepted>;

export const AbandonRequest = z.strictObject({ reason: Reason }).check(z.meta({ id: 'AbandonRequest' }));
export const AbandonAccepted = z
  .strictObject({ tenantId: TenantId, status: TenantStatus, runId: RunId, generation: Generation })
  .check(z.meta({ id: 'AbandonAccepted' }));
export type AbandonAccepted = z.infer<typeof AbandonAccepted>;
