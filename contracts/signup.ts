import * as z from 'zod/mini';
import { Instant, TenantId } from './identifiers.ts';
import { StepName, StepState } from './steps.ts';
import { Slug, TenantStatus, TierName } from './tenant.ts';

/** 1 to 256 Unicode characters, one of them a letter, digit or sign, because format characters and spaces show nothing; no control characters, line separators or lone surrogates. */
const Name = z
  .string()
  .check(
    z.regex(/^(?=.*[\p{L}\p{N}\p{P}\p{S}])[^\p{Cc}\p{Cs}\u2028\u2029]{1,256}$/u),
    z.meta({ remedy: 'Send 1 to 256 Unicode characters, at least one of them visible and none a control character.' }),
  );

/**
 * Letters, digits and a few signs, parted by single dots, at a domain name. The lengths of its parts are those of SMTP and DNS (RFC 5321, 4.5.3.1;
 * RFC 1035, 2.3.4): SES would refuse what exceeds them, long after it was accepted here.
 */
const address =
  /^(?=[^@]{1,64}@)[A-Za-z0-9_'+-]+(?:\.[A-Za-z0-9_'+-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/;
export const Email = z
  .email({ pattern: address })
  .check(z.maxLength(254), z.meta({ remedy: 'Send an address such as ada@example.com, of at most 254 characters.' }));

/** The body of `POST /signups`. */
export const SignupRequest = z
  .strictObject({
    organisationName: Name,
    slug: Slug,
    administrator: z.strictObject({ name: Name, email: Email }),
    tier: TierName.check(z.meta({ remedy: 'Send the name of a tier that this deployment offers.' })),
    region: z
      .string()
      .check(
        z.regex(/^[a-z]{2}(-[a-z]+)+-[0-9]$/),
        z.meta({ remedy: 'Send an AWS Region that this deployment serves, such as eu-central-1.' }),
      ),
    termsVersion: z
      .string()
      .check(
        z.minLength(1),
        z.maxLength(64),
        z.meta({ remedy: 'Send the version of the terms that the customer was shown and accepted.' }),
      ),
  })
  .check(z.meta({ id: 'SignupRequest' }));
export type SignupRequest = z.infer<typeof SignupRequest>;

/** Printable ASCII, long enough that nobody guesses another's. */
export const IdempotencyKey = z
  .string()
  .check(
    z.regex(/^[\x21-\x7e]{16,255}$/),
    z.meta({ remedy: 'Send 16 to 255 printable ASCII characters that you use for this signup alone, such as a UUID.' }),
  );

/** What there is to pay. The customer's browser pays it with the provider; card numbers never come near us. */
const Payment = z
  .strictObject({
    amountMinorUnits: z.int().check(z.minimum(1), z.describe("In the currency's minor unit, such as cents.")),
    currency: z.string().check(z.describe('ISO 4217, in lower case.')),
    paymentIntentId: z.string().check(z.describe('What the provider calls this payment.')),
    clientSecret: z
      .optional(z.string())
      .check(
        z.describe(
          "Lets the customer's browser pay (Stripe.js: confirmPayment). Only in the answer to the signup itself; send it again to get it again.",
        ),
      ),
    failure: z
      .optional(z.strictObject({ reason: z.string(), at: Instant }))
      .check(z.describe('Why the last attempt did not succeed; it may be tried again.')),
  })
  .check(z.meta({ id: 'Payment' }));

/** What the customer, or somebody for them, has to do before the pipeline goes on. */
export const NextAction = z
  .strictObject({
    action: z.enum(['confirm-email', 'pay', 'wait', 'contact-support', 'sign-in', 'none']),
    description: z.string(),
    before: z.optional(Instant),
    payment: z.optional(Payment),
  })
  .check(z.meta({ id: 'NextAction' }));
export type NextAction = z.infer<typeof NextAction>;

/** The answer to an accepted signup; the same request gets the same answer. */
export const SignupAccepted = z
  .strictObject({
    tenantId: TenantId,
    status: TenantStatus,
    statusUrl: z.url().check(z.describe('Where to follow the signup. Its token lets the holder read this one signup; keep it secret.')),
    statusUrlExpiresAt: Instant,
    next: z.array(NextAction),
  })
  .check(z.meta({ id: 'SignupAccepted' }));
export type SignupAccepted = z.infer<typeof SignupAccepted>;

/** A step as the customer sees it: no internals, no names of resources. */
export const SignupStep = z
  .strictObject({
    step: StepName,
    label: z.string(),
    state: StepState,
    since: z.optional(Instant).check(z.describe('When it came into this state.')),
    attempt: z.int().check(z.minimum(0)),
    expectedDurationSeconds: z.int().check(z.minimum(1)),
    failure: z.optional(z.strictObject({ reason: z.string(), nextAction: z.string() })),
  })
  .check(z.meta({ id: 'SignupStep' }));
export type SignupStep = z.infer<typeof SignupStep>;

/** The answer of `GET /signups/{tenantId}`. */
export const SignupStatus = z
  .strictObject({
    tenantId: TenantId,
    status: TenantStatus,
    since: Instant,
    expectedDurationSeconds: z.int().check(z.minimum(0), z.describe('The estimate for the steps that have not ended yet.')),
    steps: z.array(SignupStep),
    next: z.array(NextAction),
  })
  .check(z.meta({ id: 'SignupStatus' }));
export type SignupStatus = z.infer<typeof SignupStatus>;

export const Token = z
  .string()
  .check(z.regex(/^[A-Za-z0-9_-]{43}$/), z.meta({ remedy: 'Send the token unchanged, as it stands in the link.' }));
export const ConfirmationRequest = z.strictObject({ token: Token }).check(z.meta({ id: 'ConfirmationRequest' }));
export const ConfirmationAccepted = z
  .strictObject({ tenantId: TenantId, status: TenantStatus, next: z.array(NextAction) })
  .check(z.meta({ id: 'ConfirmationAccepted' }));
export type ConfirmationAccepted = z.infer<typeof ConfirmationAccepted>;
