import * as z from 'zod/mini';
import { BillingCheck, BillingCheckRequest } from './billing-check.ts';
import { FindingPage, ListFindingsQuery } from './findings.ts';
import { TenantId } from './identifiers.ts';
import type { ProblemKind } from './problem.ts';
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
  readonly problems: readonly ProblemKind[];
}

const TenantPath = z.strictObject({ tenantId: TenantId });
const bodyProblems = ['invalid-request', 'malformed-body', 'body-too-large', 'unsupported-media-type'] as const;

export const routes = [
  {
    operation: 'CreateSignup',
    method: 'POST',
    path: '/signups',
    summary: 'Sign an organisation up',
    access: 'public',
    headers: z.object({ 'Idempotency-Key': IdempotencyKey }),
    body: SignupRequest,
    success: { status: 202, body: SignupAccepted },
    problems: [
      ...bodyProblems,
      'idempotency-key-missing',
      'slug-taken',
      'signup-in-progress',
      'signup-abandoned',
      'idempotency-key-reused',
      'unavailable',
    ],
  },
  {
    operation: 'GetSignup',
    method: 'GET',
    path: '/signups/{tenantId}',
    summary: 'Follow a signup',
    access: 'reader token',
    pathParameters: TenantPath,
    query: z.strictObject({ token: Token }),
    success: { status: 200, body: SignupStatus },
    problems: ['invalid-request', 'not-found'],
  },
  {
    operation: 'ShowConfirmation',
    method: 'GET',
    path: '/signups/{tenantId}/confirmation',
    summary: 'The page behind the link in the confirmation mail',
    access: 'public',
    pathParameters: TenantPath,
    query: z.strictObject({ token: Token }),
    success: { status: 200, body: 'text/html' },
    problems: ['invalid-request'],
  },
  {
    operation: 'ConfirmSignup',
    method: 'POST',
    path: '/signups/{tenantId}/confirmation',
    summary: "Confirm the administrator's e-mail address",
    access: 'public',
    pathParameters: TenantPath,
    body: ConfirmationRequest,
    success: { status: 202, body: ConfirmationAccepted },
    problems: [...bodyProblems, 'not-found', 'signup-expired'],
  },
  {
    operation: 'ReceivePaymentWebhook',
    method: 'POST',
    path: '/webhooks/payments',
    summary: 'Hear from the payment provider',
    access: 'webhook',
    headers: z.object({ 'Stripe-Signature': StripeSignature }),
    success: { status: 200, body: WebhookReceived },
    problems: ['invalid-request', 'signature-invalid', 'body-too-large'],
  },
  {
    operation: 'ListTenants',
    method: 'GET',
    path: '/tenants',
    summary: 'List tenants, newest first',
    access: 'staff',
    query: ListTenantsQuery,
    success: { status: 200, body: TenantPage },
    problems: ['invalid-request'],
  },
  {
    operation: 'GetTenant',
    method: 'GET',
    path: '/tenants/{tenantId}',
    summary: 'Show a tenant and its steps',
    access: 'staff',
    pathParameters: TenantPath,
    success: { status: 200, body: TenantDetail },
    problems: ['invalid-request', 'not-found'],
  },
  {
    operation: 'ListTenantEvents',
    method: 'GET',
    path: '/tenants/{tenantId}/events',
    summary: "List a tenant's audit events, oldest first",
    access: 'staff',
    pathParameters: TenantPath,
    query: ListTenantEventsQuery,
    success: { status: 200, body: AuditEventPage },
    problems: ['invalid-request', 'not-found'],
  },
  {
    operation: 'ListFindings',
    method: 'GET',
    path: '/findings',
    summary: 'List findings, newest first: who is stuck where, since when, why, and what to do',
    access: 'staff',
    query: ListFindingsQuery,
    success: { status: 200, body: FindingPage },
    problems: ['invalid-request'],
  },
  {
    operation: 'RedriveTenant',
    method: 'POST',
    path: '/tenants/{tenantId}/redrive',
    summary: 'Go on from the failed step',
    access: 'staff',
    pathParameters: TenantPath,
    body: RedriveRequest,
    success: { status: 202, body: RedriveAccepted },
    problems: [...bodyProblems, 'not-found', 'not-redrivable'],
  },
  {
    operation: 'CheckBilling',
    method: 'POST',
    path: '/tenants/{tenantId}/billing/check',
    summary: 'Compare a tenant with the payment provider, and mend what is safe',
    access: 'staff',
    pathParameters: TenantPath,
    body: BillingCheckRequest,
    success: { status: 200, body: BillingCheck },
    problems: [...bodyProblems, 'not-found'],
  },
  {
    operation: 'ListCells',
    method: 'GET',
    path: '/cells',
    summary: 'Show the room of each cell',
    access: 'staff',
    success: { status: 200, body: CellList },
    problems: ['invalid-request'],
  },
  {
    operation: 'ListSilos',
    method: 'GET',
    path: '/silos',
    summary: 'List silos with the version of their template, newest first',
    access: 'staff',
    query: ListSilosQuery,
    success: { status: 200, body: SiloPage },
    problems: ['invalid-request'],
  },
  {
    operation: 'DiffSilo',
    method: 'GET',
    path: '/silos/{tenantId}/diff',
    summary: "Compare a silo's template with the current one",
    access: 'staff',
    pathParameters: TenantPath,
    success: { status: 200, body: SiloDifferences },
    problems: ['invalid-request', 'not-found'],
  },
  {
    operation: 'AbandonTenant',
    method: 'POST',
    path: '/tenants/{tenantId}/abandon',
    summary: 'Give an unfinished onboarding up, and undo it',
    access: 'staff',
    pathParameters: TenantPath,
    body: AbandonRequest,
    success: { status: 202, body: AbandonAccepted },
    problems: [...bodyProblems, 'not-found', 'not-abandonable'],
  },
] as const satisfies readonly Route[];
export type Operation = (typeof routes)[number]['operation'];

/** The route of an operation. */
export const routeOf = (operation: Operation): Route => routes.find((route) => route.operation === operation) as Route;
