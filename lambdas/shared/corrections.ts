import type { CorrectedField, RetryAccepted, RetryRequest } from '../../contracts/retry.ts';
import type { StepName } from '../../contracts/steps.ts';
import { invalidRequest, Refusal } from './api.ts';
import { commit, type Decision, stepWrite, type View, type Write } from './commit.ts';
import { environment } from './environment.ts';
import { describeExecution, executionArn, startExecution, workflowOf } from './executions.ts';
import { changedPerson, normalisedEmail, type Person, readPerson } from './people.ts';
import { secondsUntilQuiet } from './quiet-run.ts';
import { claimOfSlug, ownerOfSlug, releaseOfSlug } from './slug-rows.ts';
import { slugErrors } from './slug-rules.ts';
import { tenantDomainName } from './tenant-domain.ts';
import { usernameOf } from './tenant-users.ts';
import { readTenantWithSteps, type StepRecord, type Tenant } from './tenants.ts';

/*
 * Corrects what was sent at signup, for an onboarding that has failed. One transaction writes what is right instead, the event with who and why (never the address itself), the claim of the new
 * slug, and the run's next generation, and has the steps wait anew whose results rest on what was wrong. What those steps had made is not touched here: the head names it (`formerSlugs`,
 * `formerUsernames`), and the step that made it takes it away when it runs again, or the step that undoes it should the tenant be given up.
 *
 * So there is one place between the transaction and the start of the execution where this may end halfway. Sent again it finds its own correction and starts the execution; if nobody asks again,
 * the generation without an execution is found from outside and started.
 */

type Run = NonNullable<Tenant['run']>;

const onboardingExecution = (run: Run) => describeExecution(executionArn(environment('ONBOARD_TENANT_ARN'), run));

const notCorrectable = (detail: string, retryAfterSeconds?: number) =>
  new Refusal('not-correctable', detail, undefined, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });

/** @returns the run of an onboarding that is not finished */
function onboardingOf({ status, run, unfinishedPartition }: Tenant): Run {
  if (status === 'PENDING')
    throw notCorrectable(
      'The tenant is PENDING: nothing has failed yet. Whoever signed up signs up again with what is right; tenantry abandon frees the slug.',
    );
  if (!run || workflowOf(run) !== 'onboard' || !['PROVISIONING', 'ACTIVE'].includes(status))
    throw notCorrectable(`The tenant is ${status}: only an onboarding that has failed is corrected. The customer signs up again.`);
  if (!unfinishedPartition) throw notCorrectable(`The tenant is ${status}, and its onboarding is finished: there is nothing to retry.`);
  return run;
}

/** What is to be another than it is. */
interface Changes {
  readonly slug?: string;
  readonly person?: { readonly before: Person; readonly after: Person };
}

async function changesOf(tenant: Tenant, { slug, administrator }: RetryRequest['input']): Promise<Changes> {
  const before = administrator && (await readPerson(tenant.tenantId, tenant.administratorId));
  if (administrator && !before) throw notCorrectable('The administrator has been erased.');
  const email = administrator && normalisedEmail(administrator.email);
  return {
    ...(slug !== undefined && slug !== tenant.slug ? { slug } : {}),
    ...(before && email !== undefined && email !== before.email ? { person: { before, after: { ...before, email } } } : {}),
  };
}

const fieldsOf = ({ slug, administrator }: RetryRequest['input']): CorrectedField[] => [
  ...(slug === undefined ? [] : ['slug' as const]),
  ...(administrator ? ['administrator.email' as const] : []),
];

const recordOf = (steps: readonly StepRecord[], name: StepName) => steps.find(({ step }) => step === name);

/** What a part of a correction comes to: what it writes, and which steps' results rest on what was wrong. */
interface Part {
  readonly tenant: NonNullable<Decision<unknown>['tenant']>;
  readonly data: Record<string, string>;
  readonly writes: readonly Write[];
  readonly rest: readonly StepName[];
}

const none = (list: readonly string[]) => (list.length > 0 ? list : undefined);

async function slugPart(tenant: Tenant, slug: string, steps: readonly StepRecord[]): Promise<Part> {
  const { tenantId, status, hostName } = tenant;
  if (status === 'ACTIVE') throw notCorrectable('The tenant is ACTIVE, and its slug in use. Let the run go on as it is: tenantry redrive.');
  if (hostName && !hostName.endsWith(`.${tenantDomainName()}`))
    throw notCorrectable(
      `The name ${hostName} could not be taken away: the deployment has had another domain since. Give the onboarding up: tenantry abandon.`,
    );
  const owner = await ownerOfSlug(slug);
  if (owner !== undefined && owner !== tenantId)
    throw new Refusal('slug-taken', 'Another tenant has this slug. Choose another one.', [
      { field: '/input/slug', message: 'is taken', remedy: 'Choose another slug.' },
    ]);
  // As long as something may stand under the old name, nobody else may have it.
  const named = recordOf(steps, 'RegisterHostName') !== undefined;
  const former = [...(tenant.formerSlugs ?? []), ...(named ? [tenant.slug] : [])].filter((each) => each !== slug);
  return {
    tenant: { slug, hostName: undefined, certificateArn: undefined, formerSlugs: none([...new Set(former)]) },
    data: { slugBefore: tenant.slug, slug },
    writes: [claimOfSlug(slug, tenantId), ...(named ? [] : [releaseOfSlug(tenant.slug, tenantId)])],
    rest: ['RegisterHostName'],
  };
}

/** A mail may have gone out before the step failed, unless it is the address that was refused. */
const mayBeInvited = (record: StepRecord | undefined) =>
  record !== undefined && record.state !== 'WAITING' && record.failure?.class !== 'needs input';

async function addressPart(tenant: Tenant, { before, after }: NonNullable<Changes['person']>, steps: readonly StepRecord[]): Promise<Part> {
  const { tenantId, administratorId, status } = tenant;
  if (mayBeInvited(recordOf(steps, 'InviteAdministrator')))
    throw notCorrectable(
      'The administrator has been invited at the address, or may have been, and may have signed in. Let the run go on as it is: tenantry redrive. The address of a user is changed in the user pool.',
    );
  const username = await usernameOf(tenantId, before.email);
  const made = recordOf(steps, 'CreateAdminUser') !== undefined;
  const former = [...(tenant.formerUsernames ?? []), ...(made ? [username] : [])];
  return {
    tenant: { administratorUsername: undefined, formerUsernames: none([...new Set(former)]) },
    data: { usernameBefore: username },
    writes: [await changedPerson(tenantId, administratorId, after)],
    // An active tenant has passed its tests; they are not for one that is in use.
    rest: status === 'ACTIVE' ? ['CreateAdminUser'] : ['CreateAdminUser', 'TestTenant'],
  };
}

/** A step's record as it is when the step is to be done again: later attempts count on, so that no earlier one that is still under way is taken for one of them. */
function waitingAnew({ tenant, now }: View, steps: readonly StepRecord[], name: StepName): Write[] {
  const seen = recordOf(steps, name);
  if (seen?.state !== 'SUCCEEDED') return [];
  const { step, runId, generation, attempt } = seen;
  return [
    stepWrite(
      tenant.tenantId,
      { step, runId, generation, state: 'WAITING', attempt, redriveCount: 0, retryCount: 0, startedAt: now },
      seen,
    ),
  ];
}

async function refuseUnlessFailed(run: Run, steps: readonly StepRecord[]): Promise<void> {
  const execution = await onboardingExecution(run);
  if (execution?.status === 'RUNNING') throw notCorrectable('The run is in progress. Wait until it has ended.');
  // Without an execution it has failed if a step of this very generation says so; else it is about to be started.
  const failed = execution
    ? execution.status !== 'SUCCEEDED'
    : steps.some((each) => each.state === 'FAILED' && each.generation === run.generation);
  if (!failed) throw notCorrectable('The run has not failed. If it is about to start, wait until it has ended.');
  const seconds = secondsUntilQuiet(execution, steps);
  if (seconds > 0) throw notCorrectable(`A step that was cut off may still be under way. Send it again in ${seconds} seconds.`, seconds);
}

/** @returns the answer to a request that has had its effect already, if its run has not ended without success since */
async function repeated(tenant: Tenant, run: Run, input: RetryRequest['input']): Promise<RetryAccepted> {
  const { runId, generation, corrected = [] } = run;
  const status = (await onboardingExecution(run))?.status ?? 'RUNNING';
  if (status !== 'RUNNING' || !fieldsOf(input).some((field) => corrected.includes(field)))
    throw notCorrectable('The tenant has this already. Send something else, or let the run go on with it: tenantry redrive.');
  return { tenantId: tenant.tenantId, runId, generation, corrected: [...corrected] };
}

async function decide(view: View, { reason, input }: RetryRequest, staffId: string): Promise<Decision<RetryAccepted>> {
  const { tenant } = view;
  const { tenantId } = tenant;
  const run = onboardingOf(tenant);
  const errors = input.slug === undefined ? [] : slugErrors(input.slug, tenant.tier, '/input/slug');
  if (errors.length > 0) throw invalidRequest(errors);
  const { slug, person } = await changesOf(tenant, input);
  if (slug === undefined && !person) return { answer: await repeated(tenant, run, input) };
  // Read after the head: what begins or ends in between moves the head on, and this is decided anew.
  const steps = (await readTenantWithSteps(tenantId))?.steps ?? [];
  await refuseUnlessFailed(run, steps);
  const parts = [
    ...(slug === undefined ? [] : [await slugPart(tenant, slug, steps)]),
    ...(person ? [await addressPart(tenant, person, steps)] : []),
  ];
  const corrected: CorrectedField[] = [
    ...(slug === undefined ? [] : ['slug' as const]),
    ...(person ? ['administrator.email' as const] : []),
  ];
  const { redriveRequested: _ofTheLast, ...rest } = run;
  const next: Run = { ...rest, generation: run.generation + 1, corrected };
  const { runId, generation } = next;
  const step = steps.find(({ state }) => state === 'FAILED' || state === 'RUNNING')?.step;
  const stopped = step ? { step } : {};
  return {
    answer: { tenantId, runId, generation, corrected, ...stopped },
    tenant: Object.assign({ run: next }, ...parts.map((part) => part.tenant)),
    entry: {
      type: 'InputCorrected',
      actor: { kind: 'staff', id: staffId },
      reason,
      runId,
      generation,
      ...stopped,
      data: Object.assign({ corrected }, ...parts.map(({ data }) => data)),
    },
    alongside: parts.flatMap(({ writes, rest: names }) => [...writes, ...names.flatMap((name) => waitingAnew(view, steps, name))]),
  };
}

/**
 * Corrects a slug, the administrator's address, or both, and has the run go on with it.
 * @throws UnknownTenant; Refusal `invalid-request` for a slug that the deployment does not take, `slug-taken`, `not-correctable` when there is no failed onboarding, or what was wrong is in use
 */
export async function correct(tenantId: string, request: RetryRequest, staffId: string): Promise<RetryAccepted> {
  const accepted = await commit<RetryAccepted>({ tenantId }, (view) => decide(view, request, staffId));
  await startExecution(environment('ONBOARD_TENANT_ARN'), tenantId, accepted);
  return accepted;
}
