import type { AuditEvent } from '../../../contracts/tenant.ts';
import type { Tenant } from '../../../lambdas/shared/tenants.ts';
import type { Life } from '../cases/run-case.ts';
import type { FaultStack } from '../harness/stack.ts';
import { bucketReader } from './buckets.ts';
import { administratorClients, type Clients } from './clients.ts';
import { readersOf } from './coverage.ts';
import { zoneReader } from './host-names.ts';
import { comparable, namesOf } from './left-out.ts';
import { leftovers } from './leftovers.ts';
import { platformProblems } from './platform.ts';
import { providerReader } from './provider.ts';
import { Queues } from './queues.ts';
import type { StoreReader } from './reader.ts';
import { peopleInTheClear, recordsInTheClear } from './secrets.ts';
import { certificateReader, siloLeftovers, siloReader } from './silos.ts';
import { type Item, tableReader } from './tables.ts';
import { userPoolReader } from './users.ts';

/** What all stores have of one tenant. */
export interface TenantWorld {
  /** Without what may differ: two tenants that came to the same have the same. */
  readonly comparable: Readonly<Record<string, unknown>>;
  readonly events: readonly AuditEvent[];
}

const eventsStore = 'TenantRecords/Events';
const tenantsStore = 'TenantRecords/Tenants';
const peopleStore = 'PeopleVault/People';

/** All stores of the deployment, as the account's administrator reads them. */
export class World {
  readonly queues: Queues;
  readonly #readers: readonly StoreReader[];
  readonly #clients: Clients;
  readonly #stack: FaultStack;

  constructor(stack: FaultStack) {
    const { local, resources, stage } = stack;
    this.#stack = stack;
    const clients = administratorClients(local);
    this.#clients = clients;
    this.queues = new Queues(clients.sqs, resources);
    const ofTheDeployment = readersOf(resources, [
      tableReader(clients.documents),
      userPoolReader(clients.cognito),
      bucketReader(clients.s3),
      zoneReader(clients.route53),
      (resource) => this.queues.reader(resource),
      // Executions are this process's own, and are looked at where they run.
      ({ type, path }) => (type === 'AWS::StepFunctions::StateMachine' ? { store: path, read: async () => undefined } : undefined),
    ]);
    this.#readers = [...ofTheDeployment, siloReader(stage.silos, clients), certificateReader(clients.acm), providerReader(local.payments)];
  }

  /** @returns what is left that is no tenant's when no case runs any more, in words */
  platformProblems(): Promise<string[]> {
    const { resources, local } = this.#stack;
    return platformProblems(this.#clients, resources, local.endpoint);
  }

  /** @returns what is left of a tenant that was given up and must not be, in words */
  async leftovers(life: Life): Promise<string[]> {
    const [world, ofSilo] = await Promise.all([this.of(life), siloLeftovers(this.#clients, life.subject.tenantId)]);
    return [...leftovers(world), ...ofSilo];
  }

  /** Reads everything of one tenant; what is in queues as of the last `queues.collect()`. */
  async of(life: Life): Promise<TenantWorld> {
    const { subject, undone } = life;
    const read = await Promise.all(this.#readers.map(async ({ store, read: readStore }) => [store, await readStore(subject)] as const));
    const { [eventsStore]: events, [tenantsStore]: found, [peopleStore]: people, ...stores } = Object.fromEntries(read);
    const [records, known] = await Promise.all([
      recordsInTheClear(found as { items: Item[] }, life),
      peopleInTheClear(people as Item[], life),
    ]);
    const world = { ...stores, [tenantsStore]: records, [peopleStore]: known };
    const head = records.items.find(({ sk }) => sk === 'TENANT') as unknown as Tenant | undefined;
    const names = namesOf(subject, head, undone);
    const told = (events as AuditEvent[]).filter(({ type }) => !attempts.includes(type));
    return {
      comparable: comparable({ ...world, [eventsStore]: told.map(({ seq: _, ...event }) => event) }, names) as TenantWorld['comparable'],
      events: events as AuditEvent[],
    };
  }
}

/** That a step was begun, or failed, may be told more often than in a clean run; that it succeeded may not. */
const attempts = ['StepStarted', 'StepFailed', 'RedriveRequested', 'GenerationStarted'];
