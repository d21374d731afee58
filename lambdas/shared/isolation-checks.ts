import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { environment } from './environment.ts';
import { namespaceItemId, namespaceOf } from './namespace.ts';

export interface Check {
  readonly check: string;
  readonly expected: 'allowed' | 'denied' | 'present';
  readonly outcome: string;
}

/** A tenant that never exists: its keys are another tenant's to everyone. */
const foreignTenantId = '00000000-0000-4000-8000-000000000000';
const itemId = 'SMOKE_TEST';

/** What a call came to: "allowed", or "denied" by IAM. Any other error says nothing of either, and is the caller's: a throttle is no failed check. */
async function outcomeOf(call: () => Promise<unknown>): Promise<'allowed' | 'denied'> {
  try {
    await call();
    return 'allowed';
  } catch (error) {
    if (error instanceof Error && error.name === 'AccessDeniedException') return 'denied';
    throw error;
  }
}

/**
 * Looks for the tenant's namespace, and tries a representative write and read on the tenant's own data, and the same on another tenant's, with the tenant's scoped credentials. Whatever it
 * wrote is deleted, also what should not have been possible.
 */
export async function checkIsolation(documents: DynamoDBDocumentClient, tenantId: string): Promise<Check[]> {
  const TableName = environment('TENANT_DATA_TABLE');
  const key = (owner: string) => ({ tenantId: namespaceOf(owner), itemId });
  const calls = (owner: string) => ({
    write: () => documents.send(new PutCommand({ TableName, Item: key(owner) })),
    read: () => documents.send(new GetCommand({ TableName, Key: key(owner), ConsistentRead: true })),
    list: () =>
      documents.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'tenantId = :owner',
          ExpressionAttributeValues: { ':owner': namespaceOf(owner) },
          Limit: 1,
        }),
      ),
    delete: () => documents.send(new DeleteCommand({ TableName, Key: key(owner) })),
  });
  const own = calls(tenantId);
  const foreign = calls(foreignTenantId);
  const checks: Check[] = [];
  const check = async (name: string, expected: Check['expected'], call: () => Promise<unknown>) => {
    checks.push({ check: name, expected, outcome: await outcomeOf(call) });
  };
  const namespace = { tenantId: namespaceOf(tenantId), itemId: namespaceItemId };
  let claimed = 'absent';
  const look = await outcomeOf(async () => {
    const { Item } = await documents.send(new GetCommand({ TableName, Key: namespace, ConsistentRead: true }));
    if (Item) claimed = 'present';
  });
  checks.push({ check: 'the namespace is claimed', expected: 'present', outcome: look === 'denied' ? look : claimed });
  await check('write own data', 'allowed', own.write);
  await check('read own data', 'allowed', own.read);
  await check('list own data', 'allowed', own.list);
  await check('delete own data', 'allowed', own.delete);
  await check("write another tenant's data", 'denied', foreign.write);
  await check("read another tenant's data", 'denied', foreign.read);
  await check("list another tenant's data", 'denied', foreign.list);
  await check("delete another tenant's data", 'denied', foreign.delete);
  await check('read the whole table', 'denied', () => documents.send(new ScanCommand({ TableName, Limit: 1 })));
  return checks;
}
