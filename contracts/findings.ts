import * as z from 'zod/mini';
import { Generation, Instant, RunId, TenantId } from './identifiers.ts';
import { nextCursor, pageQuery } from './paging.ts';
import { StepName } from './steps.ts';
import { Actor } from './tenant.ts';

/**
 * What can be found wrong. A kind is the name of its article in docs/runbook.md and of its alarm. `means` is for whoever is woken by it; `nextAction` is what staff do
 * first, where the finding itself says nothing more exact. `<tenantId>` stands for the tenant's.
 */
export const findingKinds = {
  RunFailed: {
    means: 'A step failed, its retries are used up, and the run stands there.',
    nextAction: "Mend the cause, then: tenantry redrive <tenantId> --reason '…'",
  },
  RunTimedOut: {
    means: 'A run took longer than its workflow may take, and was cut off.',
    nextAction: "Look in the execution's history for what took so long, then: tenantry redrive <tenantId> --reason '…'",
  },
  RunAborted: {
    means: 'Somebody stopped the execution of a run.',
    nextAction: "Find out who stopped it and why. If it was a mistake: tenantry redrive <tenantId> --reason '…'",
  },
  RunLost: {
    means: 'A run is not finished, and no execution carries it on.',
    nextAction: "Look for who deleted the execution, then: tenantry redrive <tenantId> --reason '…'",
  },
  RunNotStarted: {
    means: 'The execution of a run cannot be started.',
    nextAction: 'Look for the error in the log of SweepTenants; once it is mended, the run is started by itself.',
  },
  StepLate: {
    means: 'A step takes much longer than it should.',
    nextAction: 'Look at the execution: tenantry show <tenantId> names it. While it is retrying, wait.',
  },
  ConfirmationNotSent: {
    means: 'The mail by which a signup is confirmed was not sent.',
    nextAction: 'Look for the error in the log of SendConfirmation, and wake it for this tenant.',
  },
  OnboardingPaused: {
    means: 'No new tenants are onboarded: a step failed for several in a row, or somebody paused it.',
    nextAction:
      "Mend the step that failed; the first run that passes it resumes onboarding. Paused by hand: tenantry onboarding resume --reason '…'",
  },
  CustomerMissing: {
    means: 'A tenant that is charged has no customer at the payment provider.',
    nextAction: 'Find out at the provider who deleted the customer; the tenant must give a card again.',
  },
  CustomerDoubled: {
    means: 'A tenant has a second customer at the payment provider, which is charged.',
    nextAction: "Compare the two customers at the provider; end the second one's subscription and pay back what it was charged.",
  },
  CustomerUnknown: {
    means: 'The payment provider has a customer of a tenant that does not exist, and may charge it.',
    nextAction: 'Find out which deployment the customer is of; if it is of none, end its subscription and payment at the provider.',
  },
  SubscriptionMissing: {
    means: 'A tenant that is active is not charged.',
    nextAction:
      'Look at the provider for how the subscription ended, and into BillingDeadLetters: tenantry events <tenantId> tells what was made.',
  },
  SubscriptionDoubled: {
    means: "A tenant's customer has a further subscription that charges it.",
    nextAction: 'Look at the provider for what it is of; end it and pay back what it charged, or mark it as sold beside the tier.',
  },
  SubscriptionPriceWrong: {
    means: "A tenant's subscription charges something else than was agreed.",
    nextAction: 'Find out at the provider who changed the price; put back what was agreed at signup, or pay back the difference.',
  },
  EndedTenantBilled: {
    means: 'A tenant has ended, and could not be freed of its subscription or payment.',
    nextAction: 'Look for the tenant in the log of SettleBilling and in BillingDeadLetters; mend the cause, and it is settled by itself.',
  },
  CellNearlyFull: {
    means: 'Less than a tenth of the places that a cell has for silos is left.',
    nextAction:
      'See with tenantry cells which limit it is, and have its quota raised now: that takes days, and no tenant with a silo fits when it is full.',
  },
} as const satisfies Record<string, { readonly means: string; readonly nextAction: string }>;
export type FindingKind = keyof typeof findingKinds;
export const FindingKind = z.enum(Object.keys(findingKinds) as [FindingKind, ...FindingKind[]]).check(z.meta({ id: 'FindingKind' }));

/** Where the runbook says what a kind of finding means, where to look, what to do and when it is over. */
export const articleOf = (kind: FindingKind) => `docs/runbook.md#${kind.toLowerCase()}`;

/** Something wrong that was found. It is open until whoever found it, or an event, sees that it no longer holds. No personal data is in it. */
export const Finding = z
  .strictObject({
    findingId: z.string().check(z.regex(/^[0-9a-f]{32}$/), z.describe('The same for the same thing, however often it is found.')),
    kind: FindingKind,
    tenantId: z.optional(TenantId).check(z.describe('Absent where it concerns the platform and no single tenant.')),
    runId: z.optional(RunId),
    generation: z.optional(Generation),
    step: z.optional(StepName),
    about: z.optional(z.string()).check(z.describe('What it is about, where a tenant can have several of a kind.')),
    openedAt: Instant,
    lastSeenAt: Instant,
    closedAt: z.optional(Instant),
    closedBy: z.optional(Actor),
    reason: z.string().check(z.describe('What was found, in plain words.')),
    nextAction: z.string().check(z.describe('What staff do now.')),
    article: z.string().check(z.describe('The article of the runbook.')),
  })
  .check(z.meta({ id: 'Finding' }));
export type Finding = z.infer<typeof Finding>;

export const FindingPage = z
  .strictObject({
    findings: z.array(Finding),
    nextCursor,
  })
  .check(z.meta({ id: 'FindingPage' }));
export type FindingPage = z.infer<typeof FindingPage>;

export const ListFindingsQuery = z.extend(
  z.strictObject({
    state: z._default(z.enum(['open', 'closed']), 'open'),
    kind: z.optional(FindingKind),
    tenantId: z.optional(TenantId),
    step: z.optional(StepName),
  }),
  pageQuery,
);
