import type { Finding } from '../../../contracts/findings.ts';
import { executionName } from '../../../lambdas/shared/executions.ts';
import type { OnboardingPause } from '../../../lambdas/shared/onboarding-pause.ts';
import type { Tenant } from '../../../lambdas/shared/tenants.ts';
import type { Execution } from '../../../local/step-functions/execution.ts';
import type { StatusChange } from '../../../local/step-functions/status-change.ts';
import { chainProblems } from '../../support/chain-problems.ts';
import { type Scene, stateOf } from '../harness/scene.ts';
import type { BillingDesk } from './billing.ts';
import { brokenBilling } from './billing-rules.ts';
import type { Customer } from './customers.ts';
import { brokenRules } from './invariants.ts';
import { badEnds, doubledFindings, notSwept, startedInPause } from './outside-rules.ts';
import type { Snapshot, Snapshots } from './snapshots.ts';
import { brokenWorld, isLookedAt } from './world-rules.ts';

/** What else a walk has, and who is to hear of what is seen. */
interface Around {
  readonly billing: BillingDesk;
  readonly scene: Scene;
  readonly executions: () => readonly Execution[];
  found(tenantId: string, kind: string): void;
  wrong(what: string): void;
}

/** Looks at the tenants of a walk after each event that may have changed them, and tells what must not be. */
export class Watch {
  /** What the audit trails tell that has happened, by which it is seen what a walk was about. */
  readonly occurred = new Set<string>();
  readonly #snapshots: Snapshots;
  readonly #customers: readonly Customer[];
  readonly #executions: () => readonly Execution[];
  readonly #scene: Scene;
  readonly #billing: BillingDesk;
  readonly #found: (tenantId: string, kind: string) => void;
  readonly #wrong: (what: string) => void;
  /** How often an execution has ended badly, by its name. */
  readonly #timesEnded = new Map<string, number>();
  #pause: OnboardingPause | undefined;
  readonly #names = new Map<string, string>();
  readonly #seen = new Map<string, Snapshot>();
  readonly #touched = new Set<string>();

  constructor(snapshots: Snapshots, customers: readonly Customer[], { scene, executions, billing, found, wrong }: Around) {
    this.#scene = scene;
    this.#billing = billing;
    this.#found = found;
    this.#snapshots = snapshots;
    this.#customers = customers;
    this.#executions = executions;
    this.#wrong = wrong;
  }

  /** The letter of the tenant's customer. */
  nameOf(tenantId: string): string {
    return this.#names.get(tenantId) ?? '?';
  }

  /** Has the tenant looked at next time. */
  touch(tenantId: string): void {
    this.#touched.add(tenantId);
  }

  /** Learns of a tenant from its head. */
  meet(tenantId: string, signupKeyHash: string | undefined): void {
    this.touch(tenantId);
    if (this.#names.has(tenantId)) return;
    const customer = this.#customers.find((each) => each.signupKeyHash === signupKeyHash);
    if (!customer) this.#wrong(`A tenant has come into being that nobody signed up: ${tenantId}.`);
    const name = customer?.name ?? '?';
    if ([...this.#names.values()].includes(name)) this.#wrong(`${name} has two tenants by one key.`);
    this.#names.set(tenantId, name);
  }

  async look(): Promise<void> {
    for (const tenantId of this.#touched) await this.#check(tenantId);
    this.#touched.clear();
  }

  findings(): Finding[] {
    return [...this.#seen.values()].flatMap(({ findings }) => findings);
  }

  /** Whether a sweep could see anything: a run that is unfinished, or a finding that is open. */
  needsSweep(): boolean {
    return [...this.#seen.values()].some(
      ({ tenant, findings }) => tenant.unfinishedPartition !== undefined || findings.some(({ closedAt }) => !closedAt),
    );
  }

  /** Learns what is true of the platform. */
  async lookAtPlatform(): Promise<void> {
    const { onboarding, events } = await this.#snapshots.platform();
    this.#pause = onboarding;
    for (const broken of [...(events.length > 0 ? chainProblems(events) : []), ...doubledFindings(events, () => 0)])
      this.#wrong(`The platform: ${broken}`);
    for (const { type, data } of events) this.occurred.add(`${type}${data['step'] ? ' by rule' : ''}`);
  }

  /** Learns that an execution has changed its status. */
  executionChanged(tenantId: string, { status, name, redriveCount }: StatusChange, now: number): void {
    this.touch(tenantId);
    if (badEnds.includes(status)) this.#timesEnded.set(name, (this.#timesEnded.get(name) ?? 0) + 1);
    const seen = this.#seen.get(tenantId);
    if (status !== 'RUNNING' || redriveCount > 0 || !name.endsWith('-1') || !seen) return;
    for (const broken of startedInPause(seen, this.#pause, now)) this.#wrong(`${this.nameOf(tenantId)}: ${broken}`);
  }

  /** Looks whether a sweep has found what it must. @returns the tenants whose runs have ended badly, as the list of findings says */
  async swept(beganAt: number): Promise<string[]> {
    const found: string[] = [];
    for (const [tenantId, { tenant, findings }] of this.#seen) {
      if (tenant.unfinishedPartition === undefined && findings.every(({ closedAt }) => closedAt)) continue;
      await this.#check(tenantId);
      const now = this.#seen.get(tenantId) as Snapshot;
      const execution = this.#executionOf(now);
      const changedAt = Date.parse(now.events.findLast(({ type }) => type !== 'FindingClosed')?.at ?? '');
      const wrong = [
        ...notSwept(now, execution, changedAt, beganAt),
        ...(now.tenant.unfinishedPartition === undefined || execution?.status === 'RUNNING' ? [] : whyUnexplained(now, execution)),
      ];
      for (const broken of wrong) this.#wrong(`${this.nameOf(tenantId)}: ${broken}`);
      if (now.findings.some(({ closedAt }) => !closedAt)) found.push(tenantId);
    }
    return found;
  }

  /** @returns when the signups end that wait for something */
  pendingUntil(): string[] {
    return [...this.#seen.values()].flatMap(({ tenant }) => (tenant.status === 'PENDING' && tenant.expiresAt) || []);
  }

  /** @returns the tenants whose runs stand still; each must say why */
  unfinished(): string[] {
    const stuck = [...this.#seen.values()].filter(({ tenant }) => tenant.unfinishedPartition !== undefined);
    for (const snapshot of stuck)
      for (const wrong of whyUnexplained(snapshot, this.#executionOf(snapshot)))
        this.#wrong(`${this.nameOf(snapshot.tenant.tenantId)}: ${wrong}`);
    return stuck.map(({ tenant }) => tenant.tenantId);
  }

  /** Everybody has got what they signed up for, or their signup has expired. */
  async ended(): Promise<void> {
    const provider = await this.#billing.ofTheProvider();
    const tenantsIn = new Map<string, number>();
    for (const { tenant } of this.#seen.values()) {
      if (tenant.cell) tenantsIn.set(tenant.cell, (tenantsIn.get(tenant.cell) ?? 0) + 1);
      for (const broken of await this.#brokenWorld(tenant)) this.#wrong(`${this.nameOf(tenant.tenantId)}: ${broken}`);
      const active = tenant.status === 'ACTIVE' && tenant.unfinishedPartition === undefined;
      if (!active && tenant.status !== 'EXPIRED')
        this.#wrong(`${this.nameOf(tenant.tenantId)} ended ${tenant.status}, and a redrive did not finish it.`);
      for (const broken of brokenBilling(tenant, provider)) this.#wrong(`${this.nameOf(tenant.tenantId)}: ${broken}`);
    }
    for (const [cell, tenants] of tenantsIn) {
      const counted = await this.#snapshots.silosIn(cell);
      if (counted !== tenants) this.#wrong(`The cell ${cell} counts ${counted} silos of ${tenants} tenants.`);
    }
    const tenants = new Set(this.#names.values());
    for (const { name, refused } of this.#customers)
      if (refused === tenants.has(name)) this.#wrong(refused ? `${name} was refused, and has a tenant.` : `${name} has no tenant.`);
  }

  async #brokenWorld({ tenantId, slug, tier, status, payment }: Tenant): Promise<string[]> {
    const customer = this.#customers.find(({ name }) => name === this.nameOf(tenantId));
    if (!customer || !isLookedAt(tier, status)) return [];
    const { key, request, signupKeyHash } = customer;
    const subject = { tenantId, slug, email: request.administrator.email, signupKeyHash, signup: { key, request } };
    const world = await this.#snapshots.world({
      scene: this.#scene,
      subject: { ...subject, ...(payment ? { customerId: payment.customerId } : {}) },
    });
    const slugIsFree = [...this.#seen.values()].every(({ tenant }) => tenant.slug !== slug || tenant.status === 'EXPIRED');
    return brokenWorld(status, world, slugIsFree);
  }

  #executionOf({ tenant: { run } }: Snapshot): Execution | undefined {
    return run && this.#executions().find(({ name }) => name === executionName(run));
  }

  async #check(tenantId: string): Promise<void> {
    const name = this.nameOf(tenantId);
    const customer = this.#customers.find((each) => each.name === name);
    const now = await this.#snapshots.of(tenantId, customer?.request.administrator.email ?? '');
    if (!now) {
      this.#wrong(`${name} is gone.`);
      return;
    }
    const executions = this.#executions().filter(({ input }) => (input as { tenantId: string }).tenantId === tenantId);
    const timesPaid = this.#billing.timesPaid(name);
    for (const broken of brokenRules({ now, before: this.#seen.get(tenantId), executions, timesPaid })) this.#wrong(`${name}: ${broken}`);
    for (const broken of doubledFindings(now.events, (execution) => this.#timesEnded.get(execution) ?? 0))
      this.#wrong(`${name}: ${broken}`);
    const known = this.#seen.get(tenantId)?.events.length ?? 0;
    this.#seen.set(tenantId, now);
    for (const { type, data, actor } of now.events.slice(known).filter((event) => event.type === 'FindingOpened')) {
      this.occurred.add(`${type} by ${actor.id}`);
      this.#found(tenantId, String(data['kind']));
    }
    this.occurred.add(`${now.tenant.status} ${now.tenant.tier}`);
    const rivals = [...this.#seen.values()].filter(({ tenant }) => tenant.slug === now.tenant.slug && tenant.status !== 'EXPIRED');
    if (rivals.length > 1) this.#wrong(`${rivals.map(({ tenant }) => this.nameOf(tenant.tenantId)).join(' and ')} have the same slug.`);
  }
}

/**
 * A tenant that stands still says why: its execution failed at a step whose record says why it failed, or that it began and was never heard of again.
 * @returns what speaks against that
 */
function whyUnexplained({ tenant: { run }, steps }: Snapshot, execution: Execution | undefined): string[] {
  // Whoever started the run or its generation died before the execution was there; a redrive finds that.
  if (!run || !execution) return [];
  const { status, error = '' } = execution;
  if (status === 'RUNNING') return ['Its execution runs, and nothing can happen any more.'];
  if (status === 'SUCCEEDED') return ['Its execution has SUCCEEDED, and its run is not finished.'];
  const failed = steps.find(({ step, runId }) => step === stateOf(execution) && runId === run.runId);
  if (failed?.state === 'FAILED' && !failed.failure) return [`It failed at ${failed.step}, and the record does not say why.`];
  // Nobody heard that it was done: the function could not be invoked, or the Task had given up.
  const unheard = error.startsWith('Lambda.') || error.startsWith('Runtime.') || error === 'States.Timeout';
  if (failed?.state === 'SUCCEEDED' && !unheard) return [`It failed at ${failed.step} with ${error}, and the record says SUCCEEDED.`];
  return [];
}
