import { DeleteCommand, GetCommand, PutCommand, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { VendedCredentials } from '../../contracts/vending.ts';
import { dynamodbWith } from './clients.ts';
import type { Attempt, Place } from './isolation-proof.ts';
import { namespaceItemId, namespaceOf } from './namespace.ts';

const itemId = 'SMOKE_TEST';

/** Items of the data table: each tenant's stand under a partition key of its own. */
export function itemChecks(credentials: VendedCredentials, own: Place, others: readonly [whose: string, place: Place][]): Attempt[] {
  const documents = dynamodbWith(credentials);
  const calls = ({ stores, tenantId }: Place) => {
    const TableName = stores.tableName;
    const Key = { tenantId: namespaceOf(tenantId), itemId };
    return {
      write: () => documents.send(new PutCommand({ TableName, Item: Key })),
      read: () => documents.send(new GetCommand({ TableName, Key, ConsistentRead: true })),
      list: () =>
        documents.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: 'tenantId = :owner',
            ExpressionAttributeValues: { ':owner': namespaceOf(tenantId) },
            Limit: 1,
          }),
        ),
      delete: () => documents.send(new DeleteCommand({ TableName, Key })),
      scan: () => documents.send(new ScanCommand({ TableName, Limit: 1 })),
    };
  };
  const claim = async () => {
    const Key = { tenantId: namespaceOf(own.tenantId), itemId: namespaceItemId };
    const { Item } = await documents.send(new GetCommand({ TableName: own.stores.tableName, Key, ConsistentRead: true }));
    return Item ? 'present' : 'absent';
  };
  const mine = calls(own);
  return [
    { check: 'the namespace is claimed', expected: 'present', call: claim },
    { check: 'write an own item', expected: 'allowed', call: mine.write },
    { check: 'read an own item', expected: 'allowed', call: mine.read },
    { check: 'list own items', expected: 'allowed', call: mine.list },
    { check: 'delete an own item', expected: 'allowed', call: mine.delete },
    ...others.flatMap(([whose, place]): Attempt[] => {
      const theirs = calls(place);
      return [
        { check: `write ${whose} item`, expected: 'denied', call: theirs.write },
        { check: `read ${whose} item`, expected: 'denied', call: theirs.read },
        { check: `list ${whose} items`, expected: 'denied', call: theirs.list },
        { check: `delete ${whose} item`, expected: 'denied', call: theirs.delete },
      ];
    }),
    { check: 'read the whole table', expected: 'denied', call: mine.scan },
  ];
}
