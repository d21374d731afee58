import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, PutCommand, paginateScan, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { documents, output } from './clients.ts';
import { readHead } from './records.ts';
import { confirm, type Signup } from './signups.ts';
import { until } from './until.ts';

/*
 * All tests share the one cell. Who fills it and who needs a place in it take turns, by an item that only they look at, so that no test is refused for want of room
 * because another one tests that.
 */

const turn = { pk: 'TEST#cell-room', sk: 'TEST' };

async function inTurn<Answer>(act: () => Promise<Answer>): Promise<Answer> {
  const TableName = output('TenantsTableName');
  await until('The turn to use the cell', () => take(TableName));
  try {
    return await act();
  } finally {
    await documents.send(new DeleteCommand({ TableName, Key: turn }));
  }
}

async function take(TableName: string): Promise<boolean> {
  try {
    await documents.send(new PutCommand({ TableName, Item: turn, ConditionExpression: 'attribute_not_exists(pk)' }));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** Confirms the signup of a tenant with a silo, and sees it take its place. */
export const confirmWithRoom = (signup: Signup) =>
  inTurn(async () => {
    await confirm(signup);
    await until('A place in a cell', async () => (await readHead(signup.tenantId)).cell);
  });

/** More silos than are taken away meanwhile, each of which gives its place back. */
const mostGivenBack = 50;

/** Does something while a cell counts as many more silos as it has room for. */
export const withoutRoom = (cell: string, room: () => Promise<number>, act: () => Promise<void>) =>
  inTurn(async () => {
    // Added and taken away, and not set: silos that are taken away at the same time stay counted.
    const count = (await room()) + mostGivenBack;
    await addSilos(cell, count);
    try {
      await act();
    } finally {
      await addSilos(cell, -count);
    }
  });

/** How many tenants have a place in a cell, as their heads say. */
export async function tenantsIn(cell: string): Promise<number> {
  const pages = paginateScan(
    { client: documents },
    {
      TableName: output('TenantsTableName'),
      ConsistentRead: true,
      FilterExpression: 'sk = :head AND cell = :cell',
      ExpressionAttributeValues: { ':head': 'TENANT', ':cell': cell },
    },
  );
  let count = 0;
  for await (const { Count = 0 } of pages) count += Count;
  return count;
}

const addSilos = (cell: string, count: number) =>
  documents.send(
    new UpdateCommand({
      TableName: output('TenantsTableName'),
      Key: { pk: `CELL#${cell}`, sk: 'CELL' },
      UpdateExpression: 'ADD silos :count',
      ExpressionAttributeValues: { ':count': count },
    }),
  );
