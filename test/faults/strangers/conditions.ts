import { strangerId } from './occupy.ts';

export type Item = Record<string, unknown>;

/** The condition of a write, as DynamoDB takes it. */
export interface Condition {
  readonly ConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>> | undefined;
}

const different = (value: unknown) => (typeof value === 'number' ? value + 1 : strangerId);

/** A copy in which the value at a path, as `chain.seq`, is another one. */
function withValue(item: Item, [name = '', ...rest]: readonly string[], value: unknown): Item {
  return { ...item, [name]: rest.length > 0 ? withValue((item[name] ?? {}) as Item, rest, value) : value };
}

/**
 * @param item what would be there if the condition held, or what is written
 * @returns the item of another tenant or run that the condition refuses, whatever else holds
 * @throws when it is not known how an expression is refused
 */
export function refusedItem(item: Item, { ConditionExpression = '', ...names }: Condition): Item {
  const { ExpressionAttributeNames = {}, ExpressionAttributeValues = {} } = names;
  const pathOf = (text = '') => text.split('.').map((part) => ExpressionAttributeNames[part] ?? part);
  return ConditionExpression.split(/ (?:AND|OR) /).reduce<Item>(
    (found, atom) => {
      const [, path, operator, value = ''] = /^([\w#.]+) (=|<) (:\w+)$/.exec(atom) ?? [];
      const limit = ExpressionAttributeValues[value];
      if (operator) return withValue(found, pathOf(path), operator === '<' ? limit : different(limit));
      // It is there: it has its key at least.
      if (/^attribute_not_exists\([\w#.]+\)$/.test(atom)) return found;
      throw new Error(`How "${ConditionExpression}" refuses is not said in conditions.ts.`);
    },
    { ...item, claimedBy: strangerId },
  );
}
