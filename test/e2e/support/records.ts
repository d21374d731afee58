import { type AttributeType, ListUsersCommand } from '@aws-sdk/client-cognito-identity-provider';
import { DescribeExecutionCommand, GetExecutionHistoryCommand, ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { AuditEvent } from '../../../contracts/tenant.ts';
import type { StepRecord, Tenant } from '../../../lambdas/shared/tenants.ts';
import { partition } from '../../support/partition.ts';
import { cognito, documents, output, stepFunctions } from './clients.ts';
import { everyPage } from './until.ts';

const itemsOf = (tableOutput: string, attribute: string, value: string) => partition(documents, output(tableOutput), attribute, value);

/** Everything that the Tenants table has of a tenant: head, step records, marks of mails. */
export const tenantItems = (tenantId: string) => itemsOf('TenantsTableName', 'pk', `TENANT#${tenantId}`);
export const peopleItems = (tenantId: string) => itemsOf('PeopleTableName', 'tenantId', tenantId);
export const tenantDataItems = (tenantId: string) => itemsOf('TenantDataTableName', 'tenantId', tenantId);

/** A tenant's audit events in the order of their chain. */
export const auditEvents = async (tenantId: string) => (await itemsOf('EventsTableName', 'tenantId', tenantId)) as unknown as AuditEvent[];

export async function readHead(tenantId: string): Promise<Tenant> {
  const head = (await tenantItems(tenantId)).find(({ sk }) => sk === 'TENANT');
  if (!head) throw new Error(`There is no tenant ${tenantId}.`);
  return head as unknown as Tenant;
}

export const stepRecords = async (tenantId: string) =>
  (await tenantItems(tenantId)).filter(({ sk }) => String(sk).startsWith('STEP#')) as unknown as StepRecord[];

export async function slugOwner(slug: string): Promise<string | undefined> {
  const Key = { pk: `SLUG#${slug}`, sk: 'SLUG' };
  const { Item } = await documents.send(new GetCommand({ TableName: output('TenantsTableName'), Key, ConsistentRead: true }));
  return Item?.['tenantId'];
}

/** The users with this address in the pool of tenants' users, whosesoever they are. */
export async function usersWith(email: string) {
  const users = await everyPage(
    (PaginationToken) =>
      cognito.send(new ListUsersCommand({ UserPoolId: output('TenantUserPoolId'), Filter: `email = "${email}"`, PaginationToken })),
    ({ Users }) => Users,
    (page) => page.PaginationToken,
  );
  return users.map(({ Username, UserStatus, Attributes }) => ({
    username: Username ?? '',
    status: UserStatus,
    attributes: Object.fromEntries((Attributes ?? []).map(({ Name, Value }: AttributeType) => [Name ?? '', Value])),
  }));
}

/** The executions of `onboard` for a tenant. Their names begin with the run, which the head knows. */
export async function executionsOf(tenantId: string) {
  const { run } = await readHead(tenantId);
  if (!run) return [];
  const executions = await everyPage(
    (nextToken) => stepFunctions.send(new ListExecutionsCommand({ stateMachineArn: output('OnboardTenantArn'), nextToken })),
    (page) => page.executions,
    (page) => page.nextToken,
  );
  const own = executions.filter(({ name }) => name?.startsWith(run.runId));
  return Promise.all(own.map(({ executionArn }) => stepFunctions.send(new DescribeExecutionCommand({ executionArn }))));
}

/** All that Step Functions keeps of an execution. */
export const historyOf = (executionArn: string) =>
  everyPage(
    (nextToken) =>
      stepFunctions.send(new GetExecutionHistoryCommand({ executionArn, includeExecutionData: true, maxResults: 1000, nextToken })),
    (page) => page.events,
    (page) => page.nextToken,
  );

/** Makes a run as old as one whose start has failed for good. */
export const waitedForLong = (tenantId: string) =>
  documents.send(
    new UpdateCommand({
      TableName: output('TenantsTableName'),
      Key: { pk: `TENANT#${tenantId}`, sk: 'TENANT' },
      UpdateExpression: 'SET #run.startedAt = :startedAt',
      ExpressionAttributeNames: { '#run': 'run' },
      ExpressionAttributeValues: { ':startedAt': new Date(Date.now() - 600_000).toISOString() },
    }),
  );
