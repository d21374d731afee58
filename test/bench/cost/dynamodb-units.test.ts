import { expect, test } from '@jest/globals';
import { CapacityLedger } from '../../../bench/cost/dynamodb-units.ts';
import { itemSize } from '../../../bench/cost/item-size.ts';
import type { MeteredRequest } from '../../../bench/measure/meter.ts';

/* AWS's rules: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */

const shapes = new Map([['things', { keys: ['id'], indexes: [{ keys: ['status', 'id'], projected: [] }] }]]);
const ledger = () => new CapacityLedger(shapes);

const asked = (action: string, request: object, response: object = {}, status = 200): MeteredRequest => ({
  kind: 'request',
  service: 'dynamodb',
  action,
  method: 'POST',
  path: '/',
  query: {},
  caller: 'arn:aws:sts::000000000000:assumed-role/step/one',
  accessKeyId: 'KEY',
  startedAt: 0,
  milliseconds: 1,
  status,
  request: { text: JSON.stringify(request) },
  response: { text: JSON.stringify(response) },
});
const thing = (more: Record<string, object> = {}) => ({ id: { S: 'one' }, ...more });
const put = (item: object) => asked('PutItem', { TableName: 'things', Item: item });

test.each([
  [{ name: { S: 'é' } }, 4 + 2],
  [{ n: { N: '12345' } }, 1 + 4],
  [{ n: { N: '-1' } }, 1 + 3],
  [{ b: { B: Buffer.from('four').toString('base64') } }, 1 + 4],
  [{ yes: { BOOL: true } }, 3 + 1],
  [{ l: { L: [{ S: 'ab' }, { S: 'c' }] } }, 1 + 3 + (1 + 2) + (1 + 1)],
  [{ m: { M: { a: { S: 'b' } } } }, 1 + 3 + (1 + 1 + 1)],
])('%j is %d bytes', (item, bytes) => {
  expect(itemSize(item as never)).toBe(bytes);
});

test('a write counts a unit for each KB of the larger of before and after', () => {
  const counted = ledger();
  counted.count(put(thing({ text: { S: 'x'.repeat(2000) } })));
  expect(counted.units.writeUnits).toBe(2);
  counted.count(put(thing()));
  expect(counted.units.writeUnits).toBe(4);
  counted.count(put(thing()));
  expect(counted.units.writeUnits).toBe(5);
});

test('a transaction counts double, also when it is cancelled', () => {
  const counted = ledger();
  const transaction = { TransactItems: [{ Put: { TableName: 'things', Item: thing() } }] };
  counted.count(asked('TransactWriteItems', transaction));
  expect(counted.units.writeUnits).toBe(2);
  counted.count(asked('TransactWriteItems', transaction, { __type: 'x#TransactionCanceledException' }, 400));
  expect(counted.units.writeUnits).toBe(4);
});

test('an index counts once for a new entry, twice for a moved one, and not when nothing of it changes', () => {
  const counted = ledger();
  counted.count(put(thing({ status: { S: 'PENDING' } })));
  expect(counted.units.indexWriteUnits).toBe(1);
  counted.count(put(thing({ status: { S: 'ACTIVE' } })));
  expect(counted.units.indexWriteUnits).toBe(3);
  counted.count(put(thing({ status: { S: 'ACTIVE' }, other: { S: 'new' } })));
  expect(counted.units.indexWriteUnits).toBe(3);
});

test('a read counts 4 KB a unit, half of it when it need not be consistent, and at least one', () => {
  const counted = ledger();
  counted.count(asked('GetItem', { TableName: 'things', ConsistentRead: true }));
  expect(counted.units.readUnits).toBe(1);
  counted.count(asked('GetItem', { TableName: 'things' }, { Item: thing({ text: { S: 'x'.repeat(5000) } }) }));
  expect(counted.units.readUnits).toBe(2);
  const items = [1, 2, 3].map(() => thing({ text: { S: 'x'.repeat(2000) } }));
  counted.count(asked('Query', { TableName: 'things', ConsistentRead: true }, { Items: items, Count: 3, ScannedCount: 3 }));
  expect(counted.units.readUnits).toBe(4);
});

test('what IAM denies counts nothing, and what has no rule is refused', () => {
  const counted = ledger();
  counted.count(asked('GetItem', { TableName: 'things' }, { __type: 'AccessDeniedException' }, 400));
  expect(counted.units).toEqual({ readUnits: 0, writeUnits: 0, indexWriteUnits: 0 });
  expect(() => counted.count(asked('ExecuteStatement', {}))).toThrow('ExecuteStatement');
  expect(() => counted.count(asked('Scan', { TableName: 'things' }, { Items: [], Count: 0, ScannedCount: 3 }))).toThrow('filter');
});
