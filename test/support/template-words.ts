import type { Resource } from './assembly.ts';

/** A reference in words: the name of the construct that it is about, without hashes, `Arn`s and names of exports. */
export function words(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(words).join(', ');
  const [[intrinsic, argument] = ['', '']] = Object.entries(value as Record<string, unknown>);
  switch (intrinsic) {
    case 'Ref':
      return constructName(argument as string);
    case 'Fn::GetAtt':
      return constructName((argument as string[])[0] as string);
    case 'Fn::ImportValue':
      return constructName((argument as string).replace(/^[^:]*:ExportsOutput(Ref|FnGetAtt)/, ''));
    case 'Fn::Sub':
      return argument as string;
    case 'Fn::Join':
      return (argument as [string, unknown[]])[1].map(words).join((argument as [string, unknown[]])[0]);
    default:
      throw new Error(`Not a reference: ${JSON.stringify(value)}`);
  }
}

/** `TenantRecordsTenants8AAB1059Arn58375BA9` is a logical id with its hash, an attribute, and the hash of an export. */
const constructName = (id: string) => id.replace(/(?<=[a-z])[0-9A-F]{8}.*$/, '');

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

const list = <Item>(value: Item | Item[]): Item[] => (Array.isArray(value) ? value : [value]);

/** Each action on each resource as one line: `dynamodb:GetItem on TenantRecordsTenants if …`. */
export function permissions(statements: readonly Statement[]): string[] {
  return statements.flatMap(({ Effect, Action, Resource, Condition }) =>
    list(Action).flatMap((action) =>
      list(Resource).map(
        (resource) =>
          `${Effect === 'Allow' ? '' : 'never '}${action} on ${words(resource)}${Condition ? ` if ${conditions(Condition)}` : ''}`,
      ),
    ),
  );
}

const conditions = (condition: Record<string, Record<string, unknown>>) =>
  Object.entries(condition)
    .flatMap(([operator, keys]) => Object.entries(keys).map(([key, value]) => `${operator}(${key}, ${words(value)})`))
    .sort()
    .join(' and ');

/** @returns all that a role may do, by every policy that is attached to it, sorted */
export function permissionsOf(role: Resource, resources: readonly Resource[]): string[] {
  const attached = resources.filter(
    ({ type, properties }) => type === 'AWS::IAM::Policy' && properties.Roles.some((each: { Ref: string }) => each.Ref === role.id),
  );
  const documents = [...attached.map(({ properties }) => properties), ...(role.properties.Policies ?? [])].map(
    ({ PolicyDocument }) => PolicyDocument,
  );
  return [...new Set(documents.flatMap(({ Statement }) => permissions(Statement)))].sort();
}
