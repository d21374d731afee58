import * as z from 'zod/mini';
import { CellName } from '../contracts/identifiers.ts';
import { CellLimits } from '../contracts/silos.ts';
import { onboardSteps, StepName } from '../contracts/steps.ts';
import { Slug, TierName } from '../contracts/tenant.ts';
import { catalogFiles } from './files.ts';

/** What must be true of a signup before its tenant is provisioned. */
export const ActivationCondition = z.enum(['email-confirmed', 'paid', 'approved']);
export type ActivationCondition = z.infer<typeof ActivationCondition>;

/** Steps that only some tiers have, and which. Every other step is every tier's. */
const hasSilo = ({ isolation }: { isolation: Partial<Record<string, string>> }) => Object.values(isolation).includes('silo');
const optionalSteps = new Map<StepName, (tier: { price?: unknown; isolation: Partial<Record<string, string>> }) => boolean>([
  ['DeploySilo', hasSilo],
  ['RegisterHostName', hasSilo],
  ['EnqueueBilling', ({ price }) => price !== undefined],
]);

/**
 * A tier: the shape of its tenants. Isolation is said per resource in the terms of the AWS SaaS Lens
 * (https://docs.aws.amazon.com/wellarchitected/latest/saas-lens/silo-pool-and-bridge-models.html): a silo is the tenant's own resource, a pool is shared under enforced
 * isolation, a bridge mixes both.
 */
export const Tier = z
  .strictObject({
    tier: TierName,
    version: z.int().check(z.minimum(1)),
    title: z.string().check(z.minLength(1), z.maxLength(64)),
    activationConditions: z.array(ActivationCondition).check(
      z.refine((conditions) => conditions.includes('email-confirmed'), {
        // The administrator's user gets a verified address, by which an account is recovered.
        error: 'must contain "email-confirmed", because the address becomes the administrator\'s',
      }),
    ),
    /** What a tenant of the tier pays, in the currency's minor unit (cents) a month; absent for a free tier. */
    price: z.optional(
      z.strictObject({ amountMinorUnits: z.int().check(z.minimum(1)), currency: z.enum(['eur', 'usd']), interval: z.literal('month') }),
    ),
    isolation: z.record(z.enum(['tenantData', 'tenantUsers', 'people']), z.enum(['silo', 'bridge', 'pool'])),
    limits: z.strictObject({
      users: z.int().check(z.minimum(1)),
      storageGigabytes: z.int().check(z.minimum(1)),
      requestsPerSecond: z.int().check(z.minimum(1)),
    }),
    pendingDays: z.int().check(z.minimum(1), z.maximum(90)),
    /** The steps that a tenant of the tier goes through, in the workflow's order. */
    steps: z
      .array(z.strictObject({ step: StepName, expectedDurationSeconds: z.int().check(z.minimum(1), z.maximum(86_400)) }))
      .check(z.minLength(1)),
  })
  .check(
    z.superRefine((tier, context) => {
      const wrong = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
      const names = tier.steps.map(({ step }) => step);
      const expected = onboardSteps.filter((step) => !optionalSteps.has(step) || optionalSteps.get(step)?.(tier));
      if (names.join() !== expected.join()) wrong(['steps'], `must be, for what the tier says of itself: ${expected.join(', ')}`);
      if (tier.activationConditions.includes('paid') !== (tier.price !== undefined))
        wrong(['price'], 'must be given exactly when "paid" is among the activationConditions');
    }),
  );
export type Tier = z.infer<typeof Tier>;

const ownAlone = (what: string) =>
  z.literal('own', { error: `must be "own": silos are made in the deployment's own ${what} alone (docs/decisions/cells.md)` });

/**
 * A cell: an account and a Region that silos are made in, and for how many it has room. The limits are what silos may take of the account's quotas, which are less what
 * else is there: 2,000 stacks (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html), 1,000 roles
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html) and 1,000 user pools
 * (https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html), unless they were raised. A silo takes one of each.
 */
const Cell = z.strictObject({
  cell: CellName,
  version: z.int().check(z.minimum(1)),
  account: ownAlone('account'),
  region: ownAlone('Region'),
  limits: CellLimits,
});
type Cell = z.infer<typeof Cell>;

const unique = <Item>(key: (item: Item) => string) =>
  [(items: Item[]) => new Set(items.map(key)).size === items.length, { error: 'must not name the same thing twice' }] as const;

const files = {
  'tiers.json': z.array(Tier).check(z.minLength(1), z.refine(...unique<Tier>(({ tier }) => tier))),
  'cells.json': z
    .array(Cell)
    .check(
      z.minLength(1),
      z.maxLength(100),
      z.refine(...unique<Cell>(({ cell }) => cell)),
      z.refine(...unique<Cell>(({ account, region }) => `${account} ${region}`)),
    ),
  /** When onboarding pauses by itself, and when one run tries again: docs/decisions/breaker.md. */
  'onboarding.json': z.strictObject({
    failuresInARow: z.int().check(z.minimum(2), z.maximum(100)),
    probeAfterMinutes: z.int().check(z.minimum(1), z.maximum(1_440)),
  }),
  'terms.json': z
    .strictObject({
      currentVersion: z.string().check(z.minLength(1), z.maxLength(64)),
      acceptedVersions: z.array(z.string().check(z.minLength(1), z.maxLength(64))).check(z.minLength(1)),
    })
    .check(
      z.refine(({ currentVersion, acceptedVersions }) => acceptedVersions.includes(currentVersion), {
        error: 'must list currentVersion too',
        path: ['acceptedVersions'],
      }),
    ),
  'reserved-slugs.json': z.array(Slug).check(z.refine(...unique<string>((slug) => slug))),
};

/** Parses one file of the catalog. @throws an error that names the file, the field and what is wrong with it */
export function parseCatalogFile<File extends keyof typeof files>(file: File, content: unknown): z.infer<(typeof files)[File]> {
  const parsed = files[file].safeParse(content);
  if (parsed.success) return parsed.data as z.infer<(typeof files)[File]>;
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.') || '(file)'}: ${message}`);
  throw new Error(`catalog/${file} is not valid. Mend it there:\n  ${wrong.join('\n  ')}`);
}

/** The whole catalog, validated. Called at synth, so that a wrong file is refused before anything is deployed. */
export function loadCatalog() {
  return {
    tiers: parseCatalogFile('tiers.json', catalogFiles.tiers),
    cells: parseCatalogFile('cells.json', catalogFiles.cells),
    onboarding: parseCatalogFile('onboarding.json', catalogFiles.onboarding),
    terms: parseCatalogFile('terms.json', catalogFiles.terms),
    reservedSlugs: parseCatalogFile('reserved-slugs.json', catalogFiles.reservedSlugs),
  };
}
export type Catalog = ReturnType<typeof loadCatalog>;
