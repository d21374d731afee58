import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';

/*
 * DynamoDB tables in memory, as far as the handlers use them: whole items, the few forms of expressions that they write, and transactions that are
 * all or nothing. Whatever else is asked of it throws, so that no test passes because something was ignored.
 */

export type Item = Record<string, unknown>;
type Values = Record<string, unknown> | undefined;
type Names = Record<string, string> | undefined;

interface Conditioned {
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Names;
  readonly ExpressionAttributeValues?: Values;
}
interface PutInput extends Conditioned {
  readonly TableName: string;
  readonly Item: Item;
}
interface DeleteInput extends Conditioned {
  readonly TableName: string;
  readonly Key: Item;
}
interface QueryInput {
  readonly TableName: string;
  readonly IndexName?: string;
  readonly KeyConditionExpression: string;
  readonly ExpressionAttributeNames?: Names;
  readonly ExpressionAttributeValues?: Values;
  readonly ScanIndexForward?: boolean;
  readonly Limit?: number;
  readonly ExclusiveStartKey?: Item | undefined;
}
interface UpdateInput extends DeleteInput {
  readonly UpdateExpression: string;
}
type TransactItem = { readonly Put?: PutInput; readonly Delete?: DeleteInput; readonly Update?: UpdateInput };

/** The names of a table's partition key and, if it has one, sort key; the same for each index. */
export interface TableSchema {
  readonly keys: readonly [string] | readonly [string, string];
  /** Indexes that hold keys only. */
  readonly indexes?: Record<string, readonly [string, string]>;
  /** Indexes that hold whole items. */
  readonly wholeIndexes?: Record<string, readonly [string, string]>;
}

/** As the document client with removeUndefinedValues stores it; a copy, because what is stored must not change by reference. */
const stored = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(stored);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (inner === undefined ? [] : [[key, stored(inner)]])));
};

const valueAt = (item: Item | undefined, path: string, names: Names): unknown =>
  path.split('.').reduce<unknown>((inner, part) => {
    const name = part.startsWith('#') ? names?.[part] : part;
    if (name === undefined) throw new Error(`The expression uses ${part}, which is not in ExpressionAttributeNames.`);
    return (inner as Item | undefined)?.[name];
  }, item);

const comparisons: Record<string, (one: never, other: never) => boolean> = {
  '=': (one, other) => one === other,
  '<': (one, other) => one < other,
  '>': (one, other) => one > other,
};

function holds(term: string, item: Item | undefined, names: Names, values: Values): boolean {
  const absent = /^attribute_not_exists\(([\w#.]+)\)$/.exec(term);
  if (absent) return valueAt(item, absent[1] as string, names) === undefined;
  const compared = /^([\w#.]+) ([=<>]) (:\w+)$/.exec(term);
  if (!compared) throw new Error(`The fake tables do not know the expression "${term}".`);
  const [, path, operator, placeholder] = compared as unknown as [string, string, string, string];
  if (values?.[placeholder] === undefined)
    throw new Error(`The expression uses ${placeholder}, which is not in ExpressionAttributeValues.`);
  const found = valueAt(item, path, names);
  return found !== undefined && (comparisons[operator]?.(found as never, values[placeholder] as never) ?? false);
}

/** Terms joined by one kind of connective only: the handlers need no precedence. */
function satisfied(expression: string | undefined, item: Item | undefined, names: Names, values: Values): boolean {
  if (expression === undefined) return true;
  const any = expression.split(' OR ');
  const all = expression.split(' AND ');
  if (any.length > 1 && all.length > 1) throw new Error(`The fake tables do not know the expression "${expression}".`);
  return any.length > 1 ? any.some((term) => holds(term, item, names, values)) : all.every((term) => holds(term, item, names, values));
}

export class FakeTables {
  /** The most items that a Query answers in one page, as 1 MB does; tests lower it. */
  pageSize = 1_000;
  readonly #schemas: Record<string, TableSchema>;
  readonly #items = new Map<string, Map<string, Item>>();

  constructor(schemas: Record<string, TableSchema>) {
    this.#schemas = schemas;
    for (const table of Object.keys(schemas)) this.#items.set(table, new Map());
  }

  #table(table: string) {
    const items = this.#items.get(table);
    const schema = this.#schemas[table];
    if (!items || !schema) throw new Error(`There is no table ${table}.`);
    const idOf = (item: Item) =>
      JSON.stringify(
        schema.keys.map((name) => {
          const part = item[name];
          if ((typeof part !== 'string' && typeof part !== 'number') || part === '')
            throw new Error(`The key ${name} of ${table} is missing or empty.`);
          return part;
        }),
      );
    return { items, schema, idOf };
  }

  #check(table: string, key: Item, { ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues }: Conditioned): boolean {
    const { items, idOf } = this.#table(table);
    return satisfied(ConditionExpression, items.get(idOf(key)), ExpressionAttributeNames, ExpressionAttributeValues);
  }

  /** Every item of a table, in no order that means anything. */
  all(table: string): Item[] {
    return [...this.#table(table).items.values()].map((item) => stored(item) as Item);
  }

  /** Puts an item there without any condition: how a test sets the scene. */
  place(table: string, item: Item): void {
    const { items, idOf } = this.#table(table);
    items.set(idOf(item), stored(item) as Item);
  }

  /** Takes an item away: how a test sets the scene. */
  remove(table: string, key: Item): void {
    const { items, idOf } = this.#table(table);
    items.delete(idOf(key));
  }

  get({ TableName, Key }: { TableName: string; Key: Item }) {
    const { items, idOf } = this.#table(TableName);
    const Item = items.get(idOf(Key));
    return Item ? { Item: stored(Item) as Item } : {};
  }

  batchGet({ RequestItems }: { RequestItems: Record<string, { Keys: Item[]; ConsistentRead?: boolean }> }) {
    const Responses = Object.fromEntries(
      Object.entries(RequestItems).map(([TableName, { Keys, ConsistentRead }]) => {
        // Otherwise an item may be missing that an index has already shown.
        if (!ConsistentRead) throw new Error('What an index has named is read consistently.');
        if (Keys.length === 0 || Keys.length > 100) throw new Error('BatchGetItem takes 1 to 100 keys.');
        return [TableName, Keys.flatMap((Key) => this.get({ TableName, Key }).Item ?? [])];
      }),
    );
    return { Responses, UnprocessedKeys: {} };
  }

  put(input: PutInput) {
    if (!this.#check(input.TableName, input.Item, input))
      throw new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {} });
    this.place(input.TableName, input.Item);
    return {};
  }

  delete(input: DeleteInput) {
    if (!this.#check(input.TableName, input.Key, input))
      throw new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {} });
    this.remove(input.TableName, input.Key);
    return {};
  }

  /** Of updates, adding to a number is all that the handlers do; an item that is not there begins with 0. */
  #update({ TableName, Key, UpdateExpression, ExpressionAttributeValues }: UpdateInput) {
    const [, name, placeholder] = /^ADD (\w+) (:\w+)$/.exec(UpdateExpression) ?? [];
    const added = ExpressionAttributeValues?.[placeholder as string];
    if (!name || typeof added !== 'number') throw new Error(`The fake tables do not know the expression "${UpdateExpression}".`);
    const { Item } = this.get({ TableName, Key });
    this.place(TableName, { ...Key, ...Item, [name]: ((Item?.[name] as number | undefined) ?? 0) + added });
  }

  transactWrite({ TransactItems }: { TransactItems: TransactItem[] }) {
    const parts = TransactItems.map(({ Put, Delete, Update }) => {
      if (Put) return { input: Put, key: Put.Item, write: () => this.place(Put.TableName, Put.Item) };
      if (Delete) return { input: Delete, key: Delete.Key, write: () => this.remove(Delete.TableName, Delete.Key) };
      if (Update) return { input: Update, key: Update.Key, write: () => this.#update(Update) };
      throw new Error('The fake tables know only Put, Delete and Update in a transaction.');
    });
    const ids = parts.map(({ input, key }) => `${input.TableName} ${this.#table(input.TableName).idOf(key)}`);
    if (new Set(ids).size !== ids.length) throw new Error('A transaction cannot include two operations on one item.');
    const CancellationReasons = parts.map(({ input, key }) => ({
      Code: this.#check(input.TableName, key, input) ? 'None' : 'ConditionalCheckFailed',
    }));
    if (CancellationReasons.some(({ Code }) => Code !== 'None'))
      throw new TransactionCanceledException({ message: 'Transaction cancelled', $metadata: {}, CancellationReasons });
    for (const { write } of parts) write();
    return {};
  }

  query(input: QueryInput) {
    const { items, schema, idOf } = this.#table(input.TableName);
    const order = input.IndexName ? (schema.indexes?.[input.IndexName] ?? schema.wholeIndexes?.[input.IndexName]) : schema.keys;
    if (!order) throw new Error(`There is no index ${input.IndexName} on ${input.TableName}.`);
    const [partition, sort] = order;
    const first = input.KeyConditionExpression.split(' AND ')[0] as string;
    const resolved = first.replace(/^#\w+/, (name) => input.ExpressionAttributeNames?.[name] ?? name);
    if (!resolved.startsWith(`${partition} = `)) throw new Error(`A Query must name the partition key: ${input.KeyConditionExpression}`);
    const direction = input.ScanIndexForward === false ? -1 : 1;
    const matching = [...items.values()]
      .filter((item) => satisfied(input.KeyConditionExpression, item, input.ExpressionAttributeNames, input.ExpressionAttributeValues))
      .sort((one, other) => {
        const [before, after] = [one[sort as string] as string, other[sort as string] as string];
        return before === after ? 0 : (before < after ? -1 : 1) * direction;
      });
    const start = input.ExclusiveStartKey ? matching.findIndex((item) => idOf(item) === idOf(input.ExclusiveStartKey as Item)) + 1 : 0;
    const end = start + Math.min(input.Limit ?? Number.POSITIVE_INFINITY, this.pageSize);
    const page = matching.slice(start, end);
    const last = page.at(-1);
    const names = new Set([...schema.keys, ...order]);
    const keyOf = (item: Item) => Object.fromEntries(Object.entries(item).filter(([name]) => names.has(name)));
    return {
      Items: page.map((item) => stored(input.IndexName && schema.indexes?.[input.IndexName] ? keyOf(item) : item) as Item),
      // DynamoDB says where it stopped when it reached the limit, also if nothing follows.
      ...(last && page.length === end - start ? { LastEvaluatedKey: keyOf(last) } : {}),
    };
  }
}
