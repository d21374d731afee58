import * as z from 'zod/mini';

/** RFC 9457 problem details: https://www.rfc-editor.org/rfc/rfc9457. `errors` names each field and its remedy. */
export const Problem = z
  .strictObject({
    type: z.string().check(z.describe('Identifies the kind of problem; stable.')),
    title: z.string().check(z.describe('The kind of problem in words; the same for each of its kind.')),
    status: z.int().check(z.minimum(400), z.maximum(599)),
    detail: z.string().check(z.describe('What happened here, and what to do next.')),
    errors: z.optional(
      z.array(
        z.strictObject({
          field: z.string().check(z.describe('JSON Pointer into the body, or the name of the header, path or query parameter.')),
          message: z.string().check(z.describe('What is wrong with it.')),
          remedy: z.string().check(z.describe('What to send instead.')),
        }),
      ),
    ),
  })
  .check(z.meta({ id: 'Problem', description: 'RFC 9457 problem details.' }));
export type Problem = z.infer<typeof Problem>;

/** Every kind of problem that the API answers: its name, HTTP status and title. */
export const problemKinds = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'malformed-body': { status: 400, title: 'The body is not JSON' },
  'signature-invalid': { status: 400, title: 'The signature is not valid' },
  'idempotency-key-missing': { status: 400, title: 'An Idempotency-Key is required' },
  unauthorized: { status: 401, title: 'Sign in first' },
  forbidden: { status: 403, title: 'Not allowed' },
  'not-found': { status: 404, title: 'Not found' },
  'slug-taken': { status: 409, title: 'The slug is taken' },
  'signup-in-progress': { status: 409, title: 'The same signup is in progress' },
  'not-redrivable': { status: 409, title: 'Nothing to redrive' },
  'not-correctable': { status: 409, title: 'Nothing to correct' },
  'not-abandonable': { status: 409, title: 'Nothing to abandon' },
  'signup-abandoned': { status: 410, title: 'The signup was abandoned' },
  'signup-expired': { status: 410, title: 'The signup has expired' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The content type is not supported' },
  'idempotency-key-reused': { status: 422, title: 'The Idempotency-Key was used for another request' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'internal-error': { status: 500, title: 'Something went wrong on our side' },
  'onboarding-paused': { status: 503, title: 'No new tenants at the moment' },
  unavailable: { status: 503, title: 'Not available at the moment' },
} as const satisfies Record<string, { status: number; title: string }>;
export type ProblemKind = keyof typeof problemKinds;

/** The `type` of a kind of problem: a URN, because a problem's meaning does not depend on where the API is deployed. */
export const problemType = (kind: ProblemKind) => `urn:problem-type:tenantry:${kind}`;
