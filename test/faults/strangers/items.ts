import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Clients } from '../world/clients.ts';
import { type Condition, type Item, refusedItem } from './conditions.ts';
import { type Claim, storeIsGone, strangerId } from './occupy.ts';

/** One write of an item, or a look at one, as DynamoDB takes it. */
export interface OfItem extends Condition {
  readonly TableName: string;
  readonly Key?: Item;
  readonly Item?: Item;
}

async function keyOf({ dynamodb }: Clients, { TableName, Key, Item = {} }: OfItem): Promise<Item> {
  if (Key) return Key;
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
  return Object.fromEntries((Table?.KeySchema ?? []).map(({ AttributeName = '' }) => [AttributeName, Item[AttributeName]]));
}

/** An item that refuses the write by its condition; or, of a look, whose `tenantId` is another's. */
export async function itemClaim(clients: Clients, write: OfItem): Promise<Claim<Item>> {
  const { documents } = clients;
  const { TableName } = write;
  const Key = await keyOf(clients, write);
  return {
    place: {
      read: async () => (await documents.send(new GetCommand({ TableName, Key, ConsistentRead: true })).catch(storeIsGone)).Item,
      put: async (Item) => {
        await documents.send(new PutCommand({ TableName, Item }));
      },
      remove: async () => {
        await documents.send(new DeleteCommand({ TableName, Key }));
      },
    },
    others: (own) => {
      const item = { ...(own ?? write.Item), ...Key };
      return write.ConditionExpression ? refusedItem(item, write) : { ...item, tenantId: strangerId };
    },
  };
}
