import * as z from 'zod/mini';
import { Generation, RunId, TenantId } from './identifiers.ts';
import { StepName } from './steps.ts';

/** What is asked of the vending function: the record of the step that is under way. Whose credentials come of it, the record says. */
export const VendingRequest = z.strictObject({
  record: z.strictObject({ tenantId: TenantId, runId: RunId, step: StepName }),
  generation: Generation,
  attempt: z.int().check(z.minimum(1)),
});
export type VendingRequest = z.infer<typeof VendingRequest>;

/** Credentials of one tenant, for 15 minutes. They are in no log and in no record. */
export const VendedCredentials = z.strictObject({
  accessKeyId: z.string().check(z.minLength(1)),
  secretAccessKey: z.string().check(z.minLength(1)),
  sessionToken: z.string().check(z.minLength(1)),
});
export type VendedCredentials = z.infer<typeof VendedCredentials>;
