import { type MeteredRequest, textOf } from '../measure/meter.ts';
import { itemSize, type WireItem } from './item-size.ts';

/** The shape of a table that decides what a write costs. */
export interface TableShape {
  readonly keys: readonly string[];
  /** The attributes of each index: its keys, and with which table attributes it is projected. */
  readonly indexes: readonly { readonly keys: readonly string[]; readonly projected: 'all' | readonly string[] }[];
}

export interface DynamoDBUnits {
  readUnits: number;
  writeUnits: number;
  /** Of which in indexes. */
  indexWriteUnits: number;
}

const readBytes = 4096;
const writeBytes = 1024;
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-capacity-handling */
const transactional = 2;

const unitsOf = (bytes: number, unit: number) => Math.max(1, Math.ceil(bytes / unit));

type Read = { readonly TableName: string; readonly ConsistentRead?: boolean };
type Written = {
  readonly TableName: string;
  readonly Item?: WireItem;
  readonly Key?: WireItem;
  readonly ExpressionAttributeValues?: WireItem;
};
type Body = Read &
  Written & { readonly TransactItems?: readonly Record<string, Written>[] } & {
    readonly RequestItems?: Record<string, Read & { readonly Keys?: readonly WireItem[] }>;
  };
type Answer = {
  readonly __type?: string;
  readonly Item?: WireItem;
  readonly Items?: readonly WireItem[];
  readonly Attributes?: WireItem;
} & {
  readonly Responses?: Record<string, readonly WireItem[]>;
  readonly Count?: number;
  readonly ScannedCount?: number;
};

/** Table names stand in requests as names or as ARNs. */
const nameOf = (table: string) => table.slice(table.lastIndexOf('/') + 1);

/**
 * Counts request units by AWS's rules from requests and answers: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
 * A write is as large as the larger of the item before and after it, so a ledger must see every write of the items that it counts. An index is written when what
 * it holds of the item changes, and twice when its key does. Index writes of a transaction are counted double too, which is the dearer reading.
 */
export class CapacityLedger {
  readonly #shapes: ReadonlyMap<string, TableShape>;
  readonly #items = new Map<string, WireItem>();
  readonly units: DynamoDBUnits = { readUnits: 0, writeUnits: 0, indexWriteUnits: 0 };

  constructor(shapes: ReadonlyMap<string, TableShape>) {
    this.#shapes = shapes;
  }

  /** @throws when the request is of a kind whose units cannot be told */
  count({ action, status, request, response }: MeteredRequest): void {
    const body = JSON.parse(textOf(request)) as Body;
    const answer = JSON.parse(textOf(response) || '{}') as Answer;
    const refusal = answer.__type?.split('#').pop();
    const conditionFailed = refusal === 'ConditionalCheckFailedException' || refusal === 'TransactionCanceledException';
    // What IAM denies or validation refuses consumes nothing; a condition that does not hold is paid for like a write.
    if (status >= 400 && !conditionFailed) return;
    switch (action) {
      case 'GetItem':
        this.#read(answer.Item ? itemSize(answer.Item) : 0, body.ConsistentRead);
        return;
      case 'Query':
      case 'Scan':
        if (answer.ScannedCount !== answer.Count) throw new Error('A filter leaves out items that were read; their sizes are not known.');
        this.#read(
          (answer.Items ?? []).reduce((bytes, item) => bytes + itemSize(item), 0),
          body.ConsistentRead,
        );
        return;
      case 'BatchGetItem':
        for (const [table, { Keys = [], ConsistentRead }] of Object.entries(body.RequestItems ?? {})) {
          const found = answer.Responses?.[table] ?? [];
          for (const [index] of Keys.entries()) {
            const item = found[index];
            this.#read(item ? itemSize(item) : 0, ConsistentRead);
          }
        }
        return;
      case 'PutItem':
      case 'UpdateItem':
      case 'DeleteItem':
        this.#write(action.replace('Item', ''), body, 1, !conditionFailed, answer.Attributes);
        return;
      case 'TransactWriteItems':
        for (const part of body.TransactItems ?? [])
          for (const [kind, written] of Object.entries(part)) this.#write(kind, written, transactional, !conditionFailed);
        return;
      case 'DescribeTable':
        return;
      default:
        throw new Error(`The units of DynamoDB's ${action} are not known here: add its rule to bench/cost/dynamodb-units.ts.`);
    }
  }

  #read(bytes: number, consistent = false): void {
    this.units.readUnits += unitsOf(bytes, readBytes) * (consistent ? 1 : 0.5);
  }

  #write(kind: string, written: Written, factor: number, applied: boolean, attributes?: WireItem | undefined): void {
    const table = nameOf(written.TableName);
    const shape = this.#shapes.get(table);
    if (!shape) throw new Error(`The table ${table} is not known.`);
    const source = written.Item ?? written.Key ?? {};
    const key = JSON.stringify([table, ...shape.keys.map((name) => source[name])]);
    const before = this.#items.get(key);
    const after = afterwards(kind, written, before, attributes);
    const bytes = Math.max(before ? itemSize(before) : 0, after ? itemSize(after) : 0);
    this.units.writeUnits += unitsOf(bytes, writeBytes) * factor;
    if (!applied || kind === 'ConditionCheck') return;
    for (const index of shape.indexes) {
      const units = indexWrites(index, shape.keys, before, after) * factor;
      this.units.writeUnits += units;
      this.units.indexWriteUnits += units;
    }
    if (after) this.#items.set(key, after);
    else this.#items.delete(key);
  }
}

/** The item after a write. Of an update that does not return it, it is taken to hold all that it held and all that was sent. */
function afterwards(kind: string, written: Written, before: WireItem | undefined, attributes: WireItem | undefined): WireItem | undefined {
  switch (kind) {
    case 'Put':
      return written.Item;
    case 'Delete':
      return undefined;
    case 'ConditionCheck':
      return before;
    case 'Update':
      return { ...before, ...written.Key, ...written.ExpressionAttributeValues, ...attributes };
    default:
      throw new Error(`DynamoDB has no write ${kind}.`);
  }
}

function indexWrites(
  index: TableShape['indexes'][number],
  tableKeys: readonly string[],
  before: WireItem | undefined,
  after: WireItem | undefined,
): number {
  const entryOf = (item: WireItem | undefined): WireItem | undefined => {
    if (!item || index.keys.some((name) => item[name] === undefined)) return undefined;
    if (index.projected === 'all') return item;
    const names = [...new Set([...tableKeys, ...index.keys, ...index.projected])];
    return Object.fromEntries(names.flatMap((name) => (item[name] ? [[name, item[name]]] : [])));
  };
  const [old, fresh] = [entryOf(before), entryOf(after)];
  if (JSON.stringify(old) === JSON.stringify(fresh)) return 0;
  const moved = old && fresh && index.keys.some((name) => JSON.stringify(old[name]) !== JSON.stringify(fresh[name]));
  const sizes = moved ? [itemSize(old), itemSize(fresh)] : [Math.max(old ? itemSize(old) : 0, fresh ? itemSize(fresh) : 0)];
  return sizes.reduce((units, bytes) => units + unitsOf(bytes, writeBytes), 0);
}
