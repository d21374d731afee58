import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { Route53Client } from '@aws-sdk/client-route-53';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { AuditEvent } from '../../../contracts/tenant.ts';
import type { Tenant } from '../../../lambdas/shared/tenants.ts';
import type { StackRecord } from '../../../local/stack-record.ts';
import type { Played } from '../cases/run-case.ts';
import type { Deployed } from '../harness/deployed.ts';
import { bucketReader } from './buckets.ts';
import { readersOf } from './coverage.ts';
import { zoneReader } from './host-names.ts';
import { comparable, namesOf } from './left-out.ts';
import { Queues } from './queues.ts';
import type { StoreReader } from './reader.ts';
import { documentsOf, type Item, tableReader } from './tables.ts';
import { userPoolReader } from './users.ts';

/** What all stores have of one tenant. */
export interface TenantWorld {
  /** Without what may differ: two tenants that came to the same have the same. */
  readonly comparable: Readonly<Record<string, unknown>>;
  readonly events: readonly AuditEvent[];
}

const eventsStore = 'TenantRecords/Events';
const tenantsStore = 'TenantRecords/Tenants';

/** All stores of the deployment, as the account's administrator reads them. */
export class World {
  readonly queues: Queues;
  readonly #readers: readonly StoreReader[];

  constructor(record: StackRecord, resources: readonly Deployed[]) {
    const { endpoint, region, credentials } = record;
    const configuration = { endpoint, region, credentials: { ...credentials } };
    this.queues = new Queues(new SQSClient(configuration), resources);
    this.#readers = readersOf(resources, [
      tableReader(documentsOf(record)),
      userPoolReader(new CognitoIdentityProviderClient(configuration)),
      bucketReader(new S3Client({ ...configuration, forcePathStyle: true })),
      zoneReader(new Route53Client(configuration)),
      (resource) => this.queues.reader(resource),
      // Executions are this process's own, and are looked at where they run.
      ({ type, path }) =>
        type === 'AWS::StepFunctions::StateMachine' ? { store: path, read: async () => 'see the executions' } : undefined,
    ]);
  }

  /** Reads everything of one tenant; what is in queues as of the last `queues.collect()`. */
  async of({ subject }: Played): Promise<TenantWorld> {
    const read = await Promise.all(this.#readers.map(async ({ store, read: readStore }) => [store, await readStore(subject)] as const));
    const world = Object.fromEntries(read);
    const { [eventsStore]: events, ...stores } = world;
    const { items } = stores[tenantsStore] as { items: Item[] };
    const head = items.find(({ sk }) => sk === 'TENANT') as unknown as Tenant | undefined;
    const names = namesOf(subject, {
      runId: head?.run?.runId,
      administratorId: head?.administratorId,
      username: head?.administratorUsername,
    });
    const told = (events as AuditEvent[]).filter(({ type }) => !attempts.includes(type));
    return {
      comparable: comparable({ ...stores, [eventsStore]: told.map(({ seq: _, ...event }) => event) }, names) as TenantWorld['comparable'],
      events: events as AuditEvent[],
    };
  }
}

/** That a step was begun, or failed, may be told more often than in a clean run; that it succeeded may not. */
const attempts = ['StepStarted', 'StepFailed', 'GenerationStarted'];
