import { executionName } from '../../../lambdas/shared/executions.ts';
import type { Execution } from '../../../local/step-functions/execution.ts';
import { stateOf } from '../harness/scene.ts';
import type { Customer } from './customers.ts';
import { brokenRules } from './invariants.ts';
import type { Snapshot, Snapshots } from './snapshots.ts';

/** Looks at the tenants of a walk after each event that may have changed them, and tells what must not be. */
export class Watch {
  readonly #snapshots: Snapshots;
  readonly #customers: readonly Customer[];
  readonly #executions: () => readonly Execution[];
  readonly #wrong: (what: string) => void;
  readonly #names = new Map<string, string>();
  readonly #seen = new Map<string, Snapshot>();
  readonly #touched = new Set<string>();

  constructor(snapshots: Snapshots, customers: readonly Customer[], executions: () => readonly Execution[], wrong: (what: string) => void) {
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

  /** @returns the tenants whose runs stand still; each must say why */
  unfinished(): string[] {
    const stuck = [...this.#seen.values()].filter(({ tenant }) => tenant.unfinishedPartition !== undefined);
    for (const snapshot of stuck)
      for (const wrong of whyUnexplained(snapshot, this.#executions())) this.#wrong(`${this.nameOf(snapshot.tenant.tenantId)}: ${wrong}`);
    return stuck.map(({ tenant }) => tenant.tenantId);
  }

  /** Everybody has got what they signed up for, or their signup has expired. */
  ended(): void {
    for (const { tenant } of this.#seen.values()) {
      const active = tenant.status === 'ACTIVE' && tenant.unfinishedPartition === undefined;
      if (!active && tenant.status !== 'EXPIRED')
        this.#wrong(`${this.nameOf(tenant.tenantId)} ended ${tenant.status}, and a redrive did not finish it.`);
    }
    const tenants = new Set(this.#names.values());
    for (const { name, refused } of this.#customers)
      if (refused === tenants.has(name)) this.#wrong(refused ? `${name} was refused, and has a tenant.` : `${name} has no tenant.`);
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
    for (const broken of brokenRules(now, this.#seen.get(tenantId), executions)) this.#wrong(`${name}: ${broken}`);
    this.#seen.set(tenantId, now);
    const rivals = [...this.#seen.values()].filter(({ tenant }) => tenant.slug === now.tenant.slug && tenant.status !== 'EXPIRED');
    if (rivals.length > 1) this.#wrong(`${rivals.map(({ tenant }) => this.nameOf(tenant.tenantId)).join(' and ')} have the same slug.`);
  }
}

/**
 * A tenant that stands still says why: its execution failed at a step whose record says why it failed, or that it began and was never heard of again.
 * @returns what speaks against that
 */
function whyUnexplained({ tenant, steps }: Snapshot, executions: readonly Execution[]): string[] {
  const { run } = tenant;
  const execution = run && executions.find(({ name }) => name === executionName(run));
  // Whoever started the run or its generation died before the execution was there; a redrive finds that.
  if (!execution) return [];
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
