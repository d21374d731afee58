import { paginateListUsers } from '@aws-sdk/client-cognito-identity-provider';
import { BatchWriteCommand, GetCommand, paginateScan } from '@aws-sdk/lib-dynamodb';
import type { Finding } from '../../../contracts/findings.ts';
import { type AuditEvent, platform } from '../../../contracts/tenant.ts';
import type { OnboardingPause } from '../../../lambdas/shared/onboarding-pause.ts';
import { type StepRecord, slugKey, type Tenant } from '../../../lambdas/shared/tenants.ts';
import { partition } from '../../support/partition.ts';
import type { Life } from '../cases/run-case.ts';
import type { FaultStack } from '../harness/stack.ts';
import type { Clients } from '../world/clients.ts';
import { type TenantWorld, World } from '../world/world.ts';

/** What a tenant is at one moment. */
export interface Snapshot {
  readonly tenant: Tenant;
  readonly steps: readonly StepRecord[];
  readonly events: readonly AuditEvent[];
  readonly findings: readonly Finding[];
  readonly slugOwner: string | undefined;
  readonly users: readonly { readonly username: string; readonly tenantId: string | undefined }[];
}

/** Reads, as the account's administrator, what the invariants are about. */
export class Snapshots {
  readonly #clients: Clients;
  readonly #world: World;
  readonly #tenants: string;
  readonly #events: string;
  readonly #findings: string;
  readonly #pools: readonly string[];

  constructor(clients: Clients, stack: FaultStack) {
    const { resources } = stack;
    this.#clients = clients;
    this.#world = new World(stack);
    const called = (path: string) => resources.find((resource) => resource.path === path)?.physicalId ?? `no ${path} is deployed`;
    this.#tenants = called('TenantRecords/Tenants');
    this.#events = called('TenantRecords/Events');
    this.#findings = called('TenantRecords/Findings');
    this.#pools = resources.filter(({ type }) => type === 'AWS::Cognito::UserPool').map(({ physicalId }) => physicalId);
  }

  async of(tenantId: string, email: string): Promise<Snapshot | undefined> {
    const { documents } = this.#clients;
    const [items, events, findings] = await Promise.all([
      partition(documents, this.#tenants, 'pk', `TENANT#${tenantId}`),
      partition(documents, this.#events, 'tenantId', tenantId),
      partition(documents, this.#findings, 'subject', tenantId),
    ]);
    const tenant = items.find(({ sk }) => sk === 'TENANT') as Tenant | undefined;
    if (!tenant) return undefined;
    const pools = [...this.#pools, ...(tenant.silo ? [tenant.silo.userPoolId] : [])];
    const users = await Promise.all(pools.map((pool) => this.#usersWith(pool, email)));
    const { Item } = await documents.send(new GetCommand({ TableName: this.#tenants, Key: slugKey(tenant.slug), ConsistentRead: true }));
    return {
      tenant,
      steps: items.filter(({ sk }) => String(sk).startsWith('STEP#')) as unknown as StepRecord[],
      events: events as unknown as AuditEvent[],
      findings: findings as unknown as Finding[],
      slugOwner: Item?.['tenantId'] as string | undefined,
      users: users.flat(),
    };
  }

  /** @returns what is true of the platform, and its audit chain */
  async platform(): Promise<{ readonly onboarding?: OnboardingPause; readonly events: readonly AuditEvent[] }> {
    const { documents } = this.#clients;
    const [[head], events] = await Promise.all([
      partition(documents, this.#tenants, 'pk', platform).then((items) => items.filter(({ sk }) => sk === platform)),
      partition(documents, this.#events, 'tenantId', platform),
    ]);
    return { ...(head as { onboarding?: OnboardingPause } | undefined), events: events as unknown as AuditEvent[] };
  }

  /** @returns how many silos a cell counts */
  async silosIn(cell: string): Promise<unknown> {
    return (await partition(this.#clients.documents, this.#tenants, 'pk', `CELL#${cell}`))[0]?.['silos'];
  }

  /** @returns what all stores have of a tenant */
  world(life: Life): Promise<TenantWorld> {
    return this.#world.of(life);
  }

  /** Leaves nothing of the walks before: neither tenants that did not come to an end, nor what the platform remembers. */
  async clear(): Promise<void> {
    const keys = [
      [this.#tenants, 'pk', 'sk'],
      [this.#events, 'tenantId', 'seq'],
      [this.#findings, 'subject', 'findingId'],
    ] as const;
    for (const [TableName, hash, range] of keys)
      for await (const { Items = [] } of paginateScan({ client: this.#clients.documents, pageSize: 25 }, { TableName })) {
        const deletions = Items.map((item) => ({ DeleteRequest: { Key: { [hash]: item[hash], [range]: item[range] } } }));
        if (deletions.length > 0) await this.#clients.documents.send(new BatchWriteCommand({ RequestItems: { [TableName]: deletions } }));
      }
  }

  async #usersWith(UserPoolId: string, email: string): Promise<Snapshot['users'][number][]> {
    const users: Snapshot['users'][number][] = [];
    for await (const { Users = [] } of paginateListUsers({ client: this.#clients.cognito }, { UserPoolId, Filter: `email = "${email}"` }))
      for (const { Username = '', Attributes = [] } of Users)
        users.push({ username: Username, tenantId: Attributes.find(({ Name }) => Name === 'custom:tenantId')?.Value });
    return users;
  }
}
