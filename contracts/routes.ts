import * as z from 'zod/mini';
import { BillingCheck, BillingCheckRequest } from './billing-check.ts';
import { FindingPage, ListFindingsQuery } from './findings.ts';
import { TenantId } from './identifiers.ts';
import { OnboardingRequest, OnboardingState } from './onboarding.ts';
import type { ProblemKind } from './problem.ts';
import { RetryAccepted, RetryRequest } from './retry.ts';
import { ConfirmationAccepted, ConfirmationRequest, IdempotencyKey, SignupAccepted, SignupRequest, SignupStatus, Token } from './signup.ts';
import { CellList, ListSilosQuery, SiloDifferences, SiloPage } from './silos.ts';
import {
  AbandonAccepted,
  AbandonRequest,
  AuditEventPage,
  ListTenantEventsQuery,
  ListTenantsQuery,
  RedriveAccepted,
  RedriveRequest,
  TenantDetail,
  TenantPage,
} from './tenant.ts';
import { StripeSignature, WebhookReceived } from './webhook.ts';

/** A route of the API. `operation` is the construct's id; in kebab case it is the handler's file. */
export interface Route {
  readonly operation: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly summary: string;
  /** A webhook is public too; its sender is known by the signature over the raw body. */
  readonly access: 'public' | 'reader token' | 'staff' | 'webhook';
  readonly pathParameters?: z.ZodMiniObject;
  readonly query?: z.ZodMiniObject;
  readonly headers?: z.ZodMiniObject;
  readonly body?: z.ZodMiniType;
  readonly success: { readonly status: number; readonly body: z.ZodMiniType | 'text/html' };
  /** Beside those of every body; see problemsOf. */
  readonly problems: readonly ProblemKind[];
}

const TenantPath = z.strictObject({ tenantId: TenantId });
const bodyProblems = ['invalid-request', 'malformed-body', 'body-too-large', 'unsupported-media-type'] as const;

/** The problems that a route answers with, without those of all routes. */
export const problemsOf = ({ body, problems }: Route): readonly ProblemKind[] => [...(body ? bodyProblems : []), ...problems];

// Each route by itself, so that a handler brings its own schemas and no other's.
export const CreateSignup = {
  operation: 'CreateSignup',
  method: 'POST',
  path: '/signups',
  summary: 'Sign an organisation up',
  access: 'public',
  headers: z.object({ 'Idempotency-Key': IdempotencyKey }),
  body: SignupRequest,
  success: { status: 202, body: SignupAccepted },
  problems: [
    'idempotency-key-missing',
    'slug-taken',
    'signup-in-progress',
    'signup-abandoned',
    'idempotency-key-reused',
    'onboarding-paused',
    'unavailable',
  ],
} as const satisfies Route;

export const GetSignup = {
  operation: 'GetSignup',
  method: 'GET',
  path: '/signups/{tenantId}',
  summary: 'Follow a signup',
  access: 'reader token',
  pathParameters: TenantPath,
  query: z.strictObject({ token: Token }),
  success: { status: 200, body: SignupStatus },
  problems: ['invalid-request', 'not-found'],
} as const satisfies Route;

export const ShowConfirmation = {
  operation: 'ShowConfirmation',
  method: 'GET',
  path: '/signups/{tenantId}/confirmation',
  summary: 'The page behind the link in the confirmation mail',
  access: 'public',
  pathParameters: TenantPath,
  query: z.strictObject({ token: Token }),
  success: { status: 200, body: 'text/html' },
  problems: ['invalid-request'],
} as const satisfies Route;

export const ConfirmSignup = {
  operation: 'ConfirmSignup',
  method: 'POST',
  path: '/signups/{tenantId}/confirmation',
  summary: "Confirm the administrator's e-mail address",
  access: 'public',
  pathParameters: TenantPath,
  body: ConfirmationRequest,
  success: { status: 202, body: ConfirmationAccepted },
  problems: ['not-found', 'signup-expired'],
} as const satisfies Route;

export const ReceivePaymentWebhook = {
  operation: 'ReceivePaymentWebhook',
  method: 'POST',
  path: '/webhooks/payments',
  summary: 'Hear from the payment provider',
  access: 'webhook',
  headers: z.object({ 'Stripe-Signature': StripeSignature }),
  success: { status: 200, body: WebhookReceived },
  problems: ['invalid-request', 'signature-invalid', 'body-too-large'],
} as const satisfies Route;

export const ListTenants = {
  operation: 'ListTenants',
  method: 'GET',
  path: '/tenants',
  summary: 'List tenants, newest first',
  access: 'staff',
  query: ListTenantsQuery,
  success: { status: 200, body: TenantPage },
  problems: ['invalid-request'],
} as const satisfies Route;

export const GetTenant = {
  operation: 'GetTenant',
  method: 'GET',
  path: '/tenants/{tenantId}',
  summary: 'Show a tenant and its steps',
  access: 'staff',
  pathParameters: TenantPath,
  success: { status: 200, body: TenantDetail },
  problems: ['invalid-request', 'not-found'],
} as const satisfies Route;

export const ListTenantEvents = {
  operation: 'ListTenantEvents',
  method: 'GET',
  path: '/tenants/{tenantId}/events',
  summary: "List a tenant's audit events, oldest first",
  access: 'staff',
  pathParameters: TenantPath,
  query: ListTenantEventsQuery,
  success: { status: 200, body: AuditEventPage },
  problems: ['invalid-request', 'not-found'],
} as const satisfies Route;

export const ListFindings = {
  operation: 'ListFindings',
  method: 'GET',
  path: '/findings',
  summary: 'List findings, newest first: who is stuck where, since when, why, and what to do',
  access: 'staff',
  query: ListFindingsQuery,
  success: { status: 200, body: FindingPage },
  problems: ['invalid-request'],
} as const satisfies Route;

export const RedriveTenant = {
  operation: 'RedriveTenant',
  method: 'POST',
  path: '/tenants/{tenantId}/redrive',
  summary: 'Go on from the failed step',
  access: 'staff',
  pathParameters: TenantPath,
  body: RedriveRequest,
  success: { status: 202, body: RedriveAccepted },
  problems: ['not-found', 'not-redrivable'],
} as const satisfies Route;

export const RetryTenant = {
  operation: 'RetryTenant',
  method: 'POST',
  path: '/tenants/{tenantId}/retry',
  summary: 'Correct what was sent at signup, and let the failed run go on with it',
  access: 'staff',
  pathParameters: TenantPath,
  body: RetryRequest,
  success: { status: 202, body: RetryAccepted },
  problems: ['not-found', 'not-correctable', 'slug-taken'],
} as const satisfies Route;

export const CheckBilling = {
  operation: 'CheckBilling',
  method: 'POST',
  path: '/tenants/{tenantId}/billing/check',
  summary: 'Compare a tenant with the payment provider, and mend what is safe',
  access: 'staff',
  pathParameters: TenantPath,
  body: BillingCheckRequest,
  success: { status: 200, body: BillingCheck },
  problems: ['not-found'],
} as const satisfies Route;

export const ShowOnboarding = {
  operation: 'ShowOnboarding',
  method: 'GET',
  path: '/onboarding',
  summary: 'Show whether new tenants are onboarded',
  access: 'staff',
  success: { status: 200, body: OnboardingState },
  problems: ['invalid-request'],
} as const satisfies Route;

export const PauseOnboarding = {
  operation: 'PauseOnboarding',
  method: 'POST',
  path: '/onboarding/pause',
  summary: 'Refuse new signups and start no further runs, until it is resumed',
  access: 'staff',
  body: OnboardingRequest,
  success: { status: 200, body: OnboardingState },
  problems: [],
} as const satisfies Route;

export const ResumeOnboarding = {
  operation: 'ResumeOnboarding',
  method: 'POST',
  path: '/onboarding/resume',
  summary: 'Accept signups and start runs again',
  access: 'staff',
  body: OnboardingRequest,
  success: { status: 200, body: OnboardingState },
  problems: [],
} as const satisfies Route;

export const ListCells = {
  operation: 'ListCells',
  method: 'GET',
  path: '/cells',
  summary: 'Show the room of each cell',
  access: 'staff',
  success: { status: 200, body: CellList },
  problems: ['invalid-request'],
} as const satisfies Route;

export const ListSilos = {
  operation: 'ListSilos',
  method: 'GET',
  path: '/silos',
  summary: 'List silos with the version of their template, newest first',
  access: 'staff',
  query: ListSilosQuery,
  success: { status: 200, body: SiloPage },
  problems: ['invalid-request'],
} as const satisfies Route;

export const DiffSilo = {
  operation: 'DiffSilo',
  method: 'GET',
  path: '/silos/{tenantId}/diff',
  summary: "Compare a silo's template with the current one",
  access: 'staff',
  pathParameters: TenantPath,
  success: { status: 200, body: SiloDifferences },
  problems: ['invalid-request', 'not-found'],
} as const satisfies Route;

export const AbandonTenant = {
  operation: 'AbandonTenant',
  method: 'POST',
  path: '/tenants/{tenantId}/abandon',
  summary: 'Give an unfinished onboarding up, and undo it',
  access: 'staff',
  pathParameters: TenantPath,
  body: AbandonRequest,
  success: { status: 202, body: AbandonAccepted },
  problems: ['not-found', 'not-abandonable'],
} as const satisfies Route;

export const routes = [
  CreateSignup,
  GetSignup,
  ShowConfirmation,
  ConfirmSignup,
  ReceivePaymentWebhook,
  ListTenants,
  GetTenant,
  ListTenantEvents,
  ListFindings,
  RedriveTenant,
  RetryTenant,
  CheckBilling,
  ShowOnboarding,
  PauseOnboarding,
  ResumeOnboarding,
  ListCells,
  ListSilos,
  DiffSilo,
  AbandonTenant,
] as const;
export type Operation = (typeof routes)[number]['operation'];

/** The route of an operation. */
export const routeOf = (operation: Operation): Route => routes.find((route) => route.operation === operation) as Route;
