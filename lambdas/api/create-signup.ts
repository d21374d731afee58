import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import canonicalize from 'canonicalize';
import type { Tier } from '../../catalog/catalog.ts';
import { CreateSignup } from '../../contracts/routes.ts';
import type { SignupAccepted, SignupRequest } from '../../contracts/signup.ts';
import { apiHandler, invalidRequest, Refusal } from '../shared/api.ts';
import { catalog, tierOf } from '../shared/catalog.ts';
import { commitNew } from '../shared/commit.ts';
import { environment } from '../shared/environment.ts';
import { nextActions } from '../shared/next-actions.ts';
import { readPause, refusesSignups, retryAfterSeconds } from '../shared/onboarding-pause.ts';
import { ensurePayment, type PaymentDue } from '../shared/payment-requests.ts';
import { newTenantPeople, normalisedEmail } from '../shared/people.ts';
import { instant, runtime } from '../shared/runtime.ts';
import { readSignup, type SignupRow } from '../shared/signup-rows.ts';
import { hashOfSignupKey, hashOfToken, readerTokenExpiresAt, type SignupSecrets, signupSecrets } from '../shared/signup-secrets.ts';
import { slugErrors } from '../shared/slug-rules.ts';
import { signupKey, slugKey, type Tenant } from '../shared/tenants.ts';
import type { FieldError } from '../shared/validation.ts';

/*
 * Signs an organisation up: one transaction writes the tenant (PENDING), its person, the rows that make slug and Idempotency-Key unique, and
 * the first audit event. The same request again finds its row and answers the same. The confirmation mail is sent by send-confirmation.ts,
 * which the new record wakes, so that a crash between the two loses nothing.
 */

const dayMilliseconds = 86_400_000;
const tries = 5;

/** What the schemas cannot know: what this deployment offers and serves. */
function deploymentErrors({ tier, region, slug, termsVersion }: SignupRequest): FieldError[] {
  const { tiers, terms } = catalog();
  const served = environment('SERVED_REGIONS').split(',');
  const offered = tiers.map((each) => each.tier);
  const check = (ok: boolean, field: string, message: string, remedy: string) => (ok ? [] : [{ field, message, remedy }]);
  return [
    ...check(offered.includes(tier), '/tier', 'is not a tier of this deployment', `Send one of: ${offered.join(', ')}.`),
    ...check(served.includes(region), '/region', 'is not served by this deployment', `Send one of: ${served.join(', ')}.`),
    ...slugErrors(slug, tier, '/slug'),
    ...check(
      terms.acceptedVersions.includes(termsVersion),
      '/termsVersion',
      'is not a version of the terms that is in force',
      `Show the customer version ${terms.currentVersion}, and send that.`,
    ),
  ];
}

const normalised = (request: SignupRequest): SignupRequest => ({
  ...request,
  organisationName: request.organisationName.normalize('NFC').trim(),
  administrator: { name: request.administrator.name.normalize('NFC').trim(), email: normalisedEmail(request.administrator.email) },
});

/** A payment as it was before anybody tried to pay it. */
function asAtFirst(due: PaymentDue | undefined) {
  if (!due) return {};
  const { failure: _since, ...payment } = due.payment;
  return { payment };
}

function answerOf(row: SignupRow, secrets: SignupSecrets, due: PaymentDue | undefined): SignupAccepted {
  const { tenantId, activationConditions, expiresAt, acceptedAt } = row;
  return {
    tenantId,
    status: 'PENDING',
    statusUrl: `${environment('PUBLIC_URL')}/signups/${tenantId}?token=${secrets.readerToken(tenantId)}`,
    statusUrlExpiresAt: readerTokenExpiresAt(acceptedAt),
    // As at the beginning, whatever has become of it since: the same request gets the same answer.
    next: nextActions(
      { status: 'PENDING', activationConditions, conditionsMet: {}, expiresAt, ...asAtFirst(due) },
      due ? { clientSecret: due.clientSecret } : {},
    ),
  };
}

/**
 * The tenant stands first, the payment is asked for then: a crash between the two leaves a tenant whose payment the same request, sent again, asks for.
 */
async function answered(row: SignupRow, secrets: SignupSecrets, repeated: boolean): Promise<SignupAccepted> {
  const due = row.price ? await ensurePayment(row.tenantId, row.price, repeated) : undefined;
  return answerOf(row, secrets, due);
}

async function recordedAnswer(row: SignupRow, fingerprint: string, secrets: SignupSecrets): Promise<SignupAccepted> {
  if (row.fingerprint !== fingerprint)
    throw new Refusal('idempotency-key-reused', 'This Idempotency-Key came with another body before. Use a new key for a new signup.');
  if (row.abandonedAt)
    throw new Refusal(
      'signup-abandoned',
      'Our operators gave it up and undid it. Sign up again with a new Idempotency-Key; the slug may have been taken since.',
    );
  return answered(row, secrets, true);
}

/** Why a transaction was refused, by the place of its parts: tenant, event, signup row, slug row, people. */
const reasonsOf = (error: unknown) =>
  error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []).map(({ Code }) => Code) : undefined;
const signupRowPlace = 2;
const slugRowPlace = 3;

async function createTenant(request: SignupRequest, tier: Tier, signupKeyHash: string, fingerprint: string, secrets: SignupSecrets) {
  const now = runtime.now();
  const signedUpAt = instant(now);
  const tenantId = runtime.newId();
  const administratorId = runtime.newId();
  const expiresAt = instant(new Date(now.getTime() + tier.pendingDays * dayMilliseconds));
  const { activationConditions } = tier;
  const row: SignupRow = {
    tenantId,
    fingerprint,
    activationConditions,
    expiresAt,
    acceptedAt: signedUpAt,
    ...(tier.price ? { price: tier.price } : {}),
  };
  const tenant: Omit<Tenant, 'chain'> = {
    tenantId,
    slug: request.slug,
    tier: tier.tier,
    tierVersion: tier.version,
    region: request.region,
    status: 'PENDING',
    revision: 1,
    signedUpAt,
    statusChangedAt: signedUpAt,
    termsVersion: request.termsVersion,
    administratorId,
    activationConditions,
    conditionsMet: {},
    expiresAt,
    signupKeyHash,
    readerTokenHash: hashOfToken(secrets.readerToken(tenantId)),
    confirmationTokenHash: hashOfToken(secrets.confirmationToken(tenantId)),
  };
  const people = await newTenantPeople(tenantId, administratorId, { ...request.administrator, organisationName: request.organisationName });
  const uniqueRow = (item: object) => ({
    Put: { TableName: environment('TENANTS_TABLE'), Item: item, ConditionExpression: 'attribute_not_exists(pk)' },
  });
  await commitNew(
    tenant,
    {
      type: 'SignedUp',
      actor: { kind: 'customer', id: administratorId },
      data: {
        to: 'PENDING',
        slug: request.slug,
        tier: tier.tier,
        tierVersion: tier.version,
        region: request.region,
        termsVersion: request.termsVersion,
      },
    },
    [uniqueRow({ ...signupKey(signupKeyHash), ...row }), uniqueRow({ ...slugKey(request.slug), tenantId }), ...people],
  );
  return row;
}

export const handler = apiHandler(CreateSignup, async ({ headers, body }) => {
  const request = normalised(body as SignupRequest);
  const signupKeyHash = hashOfSignupKey(headers['Idempotency-Key'] as string);
  const secrets = await signupSecrets(signupKeyHash);
  const fingerprint = secrets.fingerprint(canonicalize(request) as string);
  const [earlier, pause] = await Promise.all([readSignup(signupKeyHash), readPause()]);
  if (earlier) return { body: await recordedAnswer(earlier, fingerprint, secrets) };

  const errors = deploymentErrors(request);
  const tier = tierOf(request.tier);
  if (errors.length > 0 || !tier) throw invalidRequest(errors);

  if (refusesSignups(pause, tier.tier))
    throw new Refusal(
      'onboarding-paused',
      'New tenants are not set up at the moment. Nothing was kept; send the same signup again later.',
      undefined,
      {
        retryAfterSeconds: retryAfterSeconds(pause),
      },
    );

  for (let attempt = 1; attempt <= tries; attempt += 1) {
    try {
      const row = await createTenant(request, tier, signupKeyHash, fingerprint, secrets);
      return { body: await answered(row, secrets, false) };
    } catch (error) {
      const reasons = reasonsOf(error);
      if (!reasons) throw error;
      // Another request with this key may have won, also the one that is refused for its own slug.
      const winner = await readSignup(signupKeyHash);
      if (winner) return { body: await recordedAnswer(winner, fingerprint, secrets) };
      if (reasons[slugRowPlace] === 'ConditionalCheckFailed')
        throw new Refusal('slug-taken', 'Another tenant has this slug. Choose another one.', [
          { field: '/slug', message: 'is taken', remedy: 'Choose another slug.' },
        ]);
      if (reasons[signupRowPlace] !== 'ConditionalCheckFailed' && !reasons.includes('TransactionConflict')) throw error;
      await runtime.pause(runtime.random() * 50 * 2 ** attempt);
    }
  }
  throw new Refusal('signup-in-progress', 'A request with this Idempotency-Key is being served. Send it again in a moment for its answer.');
});
