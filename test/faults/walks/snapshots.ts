import { paginateListUsers } from '@aws-sdk/client-cognito-identity-provider';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { AuditEvent } from '../../../contracts/tenant.ts';
import { type StepRecord, slugKey, type Tenant } from '../../../lambdas/shared/tenants.ts';
import type { StackRecord } from '../../../local/stack-record.ts';
import { partition } from '../../support/partition.ts';
import type { Deployed } from '../harness/deployed.ts';
import { administratorClients, type Clients } from '../world/clients.ts';

/** What a tenant is at one moment. */
export interface Snapshot {
  readonly tenant: Tenant;
  readonly steps: readonly StepRecord[];
  readonly events: readonly AuditEvent[];
  readonly slugOwner: string | undefined;
  readonly users: readonly { readonly username: string; readonly tenantId: string | undefined }[];
}

/** Reads, as the account's administrator, what the invariants are about. */
export class Snapshots {
  readonly #clients: Clients;
  readonly #tenants: string;
  readonly #events: string;
  readonly #pools: readonly string[];

  constructor(record: StackRecord, resources: readonly Deployed[]) {
    this.#clients = administratorClients(record);
    const called = (path: string) => resources.find((resource) => resource.path === path)?.physicalId ?? `no ${path} is deployed`;
    this.#tenants = called('TenantRecords/Tenants');
    this.#events = called('TenantRecords/Events');
    this.#pools = resources.filter(({ type }) => type === 'AWS::Cognito::UserPool').map(({ physicalId }) => physicalId);
  }

  async of(tenantId: string, email: string): Promise<Snapshot | undefined> {
    const { documents } = this.#clients;
    const [items, events, users] = await Promise.all([
      partition(documents, this.#tenants, 'pk', `TENANT#${tenantId}`),
      partition(documents, this.#events, 'tenantId', tenantId),
      Promise.all(this.#pools.map((pool) => this.#usersWith(pool, email))),
    ]);
    const tenant = items.find(({ sk }) => sk === 'TENANT') as Tenant | undefined;
    if (!tenant) return undefined;
    const { Item } = await documents.send(new GetCommand({ TableName: this.#tenants, Key: slugKey(tenant.slug), ConsistentRead: true }));
    return {
      tenant,
      steps: items.filter(({ sk }) => String(sk).startsWith('STEP#')) as unknown as StepRecord[],
      events: events as unknown as AuditEvent[],
      slugOwner: Item?.['tenantId'] as string | undefined,
      users: users.flat(),
    };
  }

  async #usersWith(UserPoolId: string, email: string): Promise<Snapshot['users'][number][]> {
    const users: Snapshot['users'][number][] = [];
    for await (const { Users = [] } of paginateListUsers({ client: this.#clients.cognito }, { UserPoolId, Filter: `email = "${email}"` }))
      for (const { Username = '', Attributes = [] } of Users)
        users.push({ username: Username, tenantId: Attributes.find(({ Name }) => Name === 'custom:tenantId')?.Value });
    return users;
  }
}
