import { paginateListStacks } from '@aws-sdk/client-cloudformation';
import { paginateListUserPools } from '@aws-sdk/client-cognito-identity-provider';
import { paginateListTables } from '@aws-sdk/client-dynamodb';
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { paginateScan } from '@aws-sdk/lib-dynamodb';
import type { Tenant } from '../../../lambdas/shared/tenants.ts';
import { readMails } from '../../../local/mails.ts';
import type { Deployed } from '../harness/deployed.ts';
import type { Clients } from './clients.ts';
import type { Item } from './tables.ts';
import { users } from './users.ts';

/* What all tenants together have left, when nothing goes on any more: also what is beside the partitions, users and objects by which one tenant's own is told. */

const unless = (holds: boolean, otherwise: string): string[] => (holds ? [] : [otherwise]);

/** Every tenant, and what the rows say that are no tenant's own. */
class Records {
  readonly heads: readonly Tenant[];
  readonly #items: readonly Item[];
  readonly #byId: ReadonlyMap<string, Tenant>;

  constructor(items: readonly Item[]) {
    this.#items = items;
    this.heads = items.filter(({ pk, sk }) => String(pk).startsWith('TENANT#') && sk === 'TENANT') as unknown as Tenant[];
    this.#byId = new Map(this.heads.map((head) => [head.tenantId, head]));
  }

  isActive(tenantId: unknown): boolean {
    return this.#byId.get(String(tenantId))?.status === 'ACTIVE';
  }

  problems(): string[] {
    const inCells = Map.groupBy(
      this.heads.filter(({ cell }) => cell),
      ({ cell }) => cell,
    );
    return [
      ...this.heads.flatMap(({ tenantId, status, unfinishedPartition }) => [
        ...unless(status === 'ACTIVE' || status === 'ABANDONED', `The tenant ${tenantId} is ${status}.`),
        ...unless(unfinishedPartition === undefined, `The tenant ${tenantId} is in the index of unfinished runs.`),
      ]),
      ...this.#items.flatMap(({ pk, ...item }) => {
        const [kind, key = ''] = String(pk).split('#');
        if (kind === 'TENANT') return unless(this.#byId.has(key), `${pk} ${item['sk']} is of no tenant.`);
        if (kind === 'SLUG') return unless(this.isActive(item['tenantId']), `${pk} is taken by ${item['tenantId']}, which is not ACTIVE.`);
        if (kind === 'SIGNUP') return unless(this.#byId.has(String(item['tenantId'])), `${pk} is of no tenant.`);
        const silos = inCells.get(key)?.length ?? 0;
        if (kind === 'CELL') return unless(item['silos'] === silos, `${pk} counts ${item['silos']} silos, and there are ${silos}.`);
        return [`Nobody knows what ${pk} is.`];
      }),
    ];
  }
}

const called = (resources: readonly Deployed[], path: string) =>
  resources.find((resource) => resource.path === path)?.physicalId ?? `no ${path} is deployed`;

/** @returns what is left that is no tenant's, in words */
export async function platformProblems(clients: Clients, resources: readonly Deployed[], endpoint: string): Promise<string[]> {
  const all = async (path: string) => {
    const items: Item[] = [];
    for await (const { Items = [] } of paginateScan({ client: clients.documents }, { TableName: called(resources, path) }))
      items.push(...Items);
    return items;
  };
  const records = new Records(await all('TenantRecords/Tenants'));
  const ofActive = ['PeopleVault/People', 'PeopleVault/PeopleKeys', 'TenantData/Table'].map(async (path) =>
    (await all(path)).flatMap(({ tenantId }) =>
      unless(records.isActive(tenantId), `${path} has an item of ${tenantId}, which is not ACTIVE.`),
    ),
  );
  return [
    ...records.problems(),
    ...(await Promise.all(ofActive)).flat(),
    ...(await strayUsers(clients, resources, records)),
    ...(await straySilos(clients, resources, records)),
    ...(await strayMails(endpoint, records)),
  ];
}

async function strayUsers({ cognito }: Clients, resources: readonly Deployed[], { heads }: Records): Promise<string[]> {
  const known = new Set(
    heads.filter(({ status, silo }) => status === 'ACTIVE' && !silo).map(({ administratorUsername }) => administratorUsername),
  );
  const found = await users(cognito, called(resources, 'TenantUsers/UserPool'));
  return found.flatMap(({ Username }) => unless(known.has(Username), `The user ${Username} is no tenant's administrator.`));
}

/** Stacks that are deleted are listed for 90 days: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStacks.html */
async function straySilos(
  { cloudFormation, cognito, dynamodb, s3 }: Clients,
  resources: readonly Deployed[],
  { heads }: Records,
): Promise<string[]> {
  const silos = heads.flatMap(({ silo }) => silo ?? []);
  const pools = new Set([...silos.map(({ userPoolId }) => userPoolId), ...resources.map(({ physicalId }) => physicalId)]);
  const found: string[] = [];
  for await (const { UserPools = [] } of paginateListUserPools({ client: cognito }, { MaxResults: 60 }))
    for (const { Id = '' } of UserPools) found.push(...unless(pools.has(Id), `The user pool ${Id} is no silo's.`));
  for await (const { TableNames = [] } of paginateListTables({ client: dynamodb }, {}))
    for (const name of TableNames.filter((each) => each.startsWith('tenantry-silo-')))
      found.push(
        ...unless(
          silos.some(({ tableName }) => tableName === name),
          `The table ${name} is no silo's.`,
        ),
      );
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  for (const { Name = '' } of Buckets.filter((each) => each.Name?.startsWith('tenantry-silo-')))
    found.push(
      ...unless(
        silos.some(({ bucketName }) => bucketName === Name),
        `The bucket ${Name} is no silo's.`,
      ),
    );
  for await (const { StackSummaries = [] } of paginateListStacks({ client: cloudFormation }, {}))
    for (const { StackName, StackId, StackStatus } of StackSummaries)
      if (StackName?.startsWith('Tenantry-Silo-') && StackStatus !== 'DELETE_COMPLETE')
        found.push(
          ...unless(
            silos.some(({ stackId }) => stackId === StackId),
            `The stack ${StackName} is no silo's.`,
          ),
        );
  return found;
}

/** Nobody is invited but the administrators of the tenants, each at least once: docs/reliability.md says why not only once. */
async function strayMails(endpoint: string, { heads }: Records): Promise<string[]> {
  const mails = await readMails(endpoint);
  const invited = new Set(mails.flatMap(({ html, text }) => /User name: (\S+?)(?:<|\s|$)/.exec(html ?? text)?.[1] ?? []));
  const administrators = new Set(
    heads.filter(({ status }) => status === 'ACTIVE').map(({ administratorUsername }) => administratorUsername),
  );
  return [
    ...[...invited].flatMap((username) =>
      unless(administrators.has(username), `${username} was invited, and is no tenant's administrator.`),
    ),
    ...[...administrators].flatMap((username) => unless(invited.has(username ?? ''), `The administrator ${username} was not invited.`)),
    ...unless(
      mails.every(({ subject }) => subject === 'Your tenant is ready'),
      'There are mails that are no invitations.',
    ),
  ];
}
