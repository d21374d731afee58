import * as z from 'zod/mini';
import { Generation, RunId, TenantId } from './identifiers.ts';
import { Email } from './signup.ts';
import { StepName } from './steps.ts';
import { Reason, Slug } from './tenant.ts';

/** What of a signup can be corrected, named as the signup names it. */
export const CorrectedField = z.enum(['slug', 'administrator.email']).check(z.meta({ id: 'CorrectedField' }));
export type CorrectedField = z.infer<typeof CorrectedField>;

/** The body of `POST /tenants/{tenantId}/retry`: what is right instead, in the form of a signup. */
export const RetryRequest = z
  .strictObject({
    reason: Reason,
    input: z
      .strictObject({
        slug: z.optional(Slug),
        administrator: z.optional(z.strictObject({ email: Email })),
      })
      .check(
        z.refine(({ slug, administrator }) => slug !== undefined || administrator !== undefined, 'corrects nothing'),
        z.meta({ remedy: 'Send slug, administrator.email, or both: what the tenant is to have instead.' }),
      ),
  })
  .check(z.meta({ id: 'RetryRequest' }));
export type RetryRequest = z.infer<typeof RetryRequest>;

export const RetryAccepted = z
  .strictObject({
    tenantId: TenantId,
    runId: RunId,
    generation: Generation.check(
      z.describe('The run starts from the top in it; steps that are done and do not rest on what was corrected answer again.'),
    ),
    corrected: z.array(CorrectedField).check(z.describe('What has changed; the same again when the same request is sent again.')),
    step: z
      .optional(StepName)
      .check(z.describe('Where the run had stopped; left out when the same request is sent again, because the run is under way by then.')),
  })
  .check(z.meta({ id: 'RetryAccepted' }));
export type RetryAccepted = z.infer<typeof RetryAccepted>;
