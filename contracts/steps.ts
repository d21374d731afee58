import * as z from 'zod/mini';
import { CellName, Generation, RunId, TenantId } from './identifiers.ts';

/** The steps of `onboard`, in their order. A name is the state, the placeholder, the construct, the record and the runbook's heading. */
export const onboardSteps = [
  'PlanTenant',
  'DeploySilo',
  'RegisterHostName',
  'EnqueueBilling',
  'EstablishIsolation',
  'CreateAdminUser',
  'TestTenant',
  'ActivateTenant',
  'InviteAdministrator',
  'EmitTenantProvisioned',
] as const;
/** The steps of `abandon`, in their order: each undoes what a step of `onboard` did, the last one first. */
export const abandonSteps = [
  'StopOnboarding',
  'EndBilling',
  'DeleteAdminUser',
  'EraseNamespace',
  'ReleaseHostName',
  'EmptySilo',
  'DeleteSilo',
  'ForgetSignup',
  'EmitTenantAbandoned',
] as const;
/** Each workflow's steps, by the word that its runs' ids begin with. */
export const workflows = { onboard: onboardSteps, abandon: abandonSteps } as const;
export type WorkflowName = keyof typeof workflows;
export const StepName = z.enum([...onboardSteps, ...abandonSteps]).check(z.meta({ id: 'StepName' }));
export type StepName = z.infer<typeof StepName>;

export const StepState = z.enum(['WAITING', 'RUNNING', 'SUCCEEDED', 'FAILED']).check(z.meta({ id: 'StepState' }));
export type StepState = z.infer<typeof StepState>;

/** What must happen after a failure: try again, correct an input, raise a quota, or mend a defect of ours. */
export const FailureClass = z.enum(['retry', 'needs input', 'quota', 'bug']).check(z.meta({ id: 'FailureClass' }));
export type FailureClass = z.infer<typeof FailureClass>;

/** What the workflow hands to each step: ids only. Facts of the tenant are read from the table. */
export const StepInput = z.strictObject({
  tenantId: TenantId,
  runId: RunId,
  generation: Generation,
  redriveCount: z.int().check(z.minimum(0)),
  retryCount: z.int().check(z.minimum(0)),
});
export type StepInput = z.infer<typeof StepInput>;

/** The input of an execution, of whichever workflow. */
export const RunInput = z.strictObject({ tenantId: TenantId, runId: RunId, generation: Generation });
export type RunInput = z.infer<typeof RunInput>;

/** One thing that a smoke test tried, what must come of it, and what did. */
export const Check = z.strictObject({ check: z.string(), expected: z.enum(['allowed', 'denied', 'present']), outcome: z.string() });
export type Check = z.infer<typeof Check>;

/** Of a step that waits for something to come or go: whether it has. Until then, the step is asked again. */
const wait = () => ({ ready: z.boolean(), askAgainSeconds: z.int().check(z.minimum(1)) });
/** What a step that undoes something could not undo, in words for staff. Ids, and nothing personal. */
const notUndone = () => z.array(z.string());
const undone = () => z.strictObject({ notUndone: notUndone() });
const undoneInTime = () => z.strictObject({ notUndone: notUndone(), ...wait() });

/** What each step answers; recorded, and answered again when it is run again. A schema is made when it is asked for: each step's function needs one, and late. */
export const stepResults = {
  PlanTenant: () =>
    z.strictObject({
      tier: z.string(),
      tierVersion: z.int().check(z.minimum(1)),
      isolation: z.record(z.string(), z.enum(['silo', 'bridge', 'pool'])),
      steps: z.array(StepName),
      /** Where the tenant's silo is made; only of tiers with one. */
      cell: z.optional(CellName),
    }),
  DeploySilo: () =>
    z.strictObject({
      stackName: z.string(),
      templateVersion: z.string(),
      ...wait(),
    }),
  RegisterHostName: () =>
    z.strictObject({
      /** Absent where the deployment gives tenants no names. */
      hostName: z.optional(z.string()),
      certificateArn: z.optional(z.string()),
      ...wait(),
    }),
  EstablishIsolation: () =>
    z.strictObject({ roleArn: z.string(), sessionTags: z.strictObject({ tenantId: TenantId }), namespace: z.string() }),
  CreateAdminUser: () => z.strictObject({ userPoolId: z.string(), username: z.string() }),
  EnqueueBilling: () => z.strictObject({ messageId: z.string() }),
  /** How many checks had the outcome that they must have; each of them is in the audit event of the step's success. */
  TestTenant: () => z.strictObject({ passedChecks: z.int().check(z.minimum(1)) }),
  ActivateTenant: () => z.strictObject({ activatedAt: z.string() }),
  InviteAdministrator: () => z.strictObject({ invitedAt: z.string() }),
  EmitTenantProvisioned: () => z.strictObject({ eventId: z.string(), busEventId: z.string() }),
  StopOnboarding: undoneInTime,
  EndBilling: undone,
  DeleteAdminUser: undone,
  EraseNamespace: undoneInTime,
  ReleaseHostName: undone,
  /** The user pools of the silo go after its stack: the rights to delete what is in them ask for their tags. */
  EmptySilo: () => z.strictObject({ notUndone: notUndone(), ...wait(), userPoolIds: z.optional(z.array(z.string())) }),
  DeleteSilo: undoneInTime,
  ForgetSignup: undone,
  EmitTenantAbandoned: () => z.strictObject({ eventId: z.string(), busEventId: z.string() }),
} as const satisfies Record<StepName, () => z.ZodMiniType>;
export type StepResult<Name extends StepName> = z.infer<ReturnType<(typeof stepResults)[Name]>>;
