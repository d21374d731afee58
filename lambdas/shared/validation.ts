import * as z from 'zod/mini';

/** What is wrong with one field, and what to send instead. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
  readonly remedy: string;
}

/** What a field that may be left out is when it is sent. */
const bareOf = (schema: z.ZodMiniType | undefined): z.ZodMiniType | undefined =>
  schema instanceof z.ZodMiniOptional || schema instanceof z.ZodMiniDefault ? (schema.def.innerType as z.ZodMiniType) : schema;

/** @returns the schema of a field inside objects, so that its own `remedy` can be told */
function schemaAt(schema: z.ZodMiniType | undefined, path: readonly PropertyKey[]): z.ZodMiniType | undefined {
  const bare = bareOf(schema);
  const [key, ...rest] = path;
  if (key === undefined) return schema;
  return bare instanceof z.ZodMiniObject ? schemaAt(bare.shape[String(key)] as z.ZodMiniType | undefined, rest) : undefined;
}

const remedyOf = (schema: z.ZodMiniType | undefined, otherwise: string) => {
  const remedies = [schema, bareOf(schema)].map((each) => each && z.globalRegistry.get(each)?.['remedy']);
  return remedies.find((remedy) => typeof remedy === 'string') ?? otherwise;
};

/** JSON Pointer (RFC 6901) into a body, where the empty text is all of it; the bare name of a parameter. */
const nameOf = (path: readonly PropertyKey[], kind: 'body' | 'parameter') =>
  kind === 'parameter'
    ? path.map(String).join('.')
    : path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);

function messageOf(issue: z.core.$ZodIssue, value: unknown): string {
  if (valueAt(value, issue.path) === undefined) return 'is missing';
  if (issue.code === 'invalid_type') return `must be of type ${issue.expected}`;
  if (issue.code === 'invalid_value') return `must be one of: ${issue.values.join(', ')}`;
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}${issue.origin === 'string' ? ' characters long' : ''}`;
  if (issue.code === 'too_small') return `must be at least ${issue.minimum}${issue.origin === 'string' ? ' characters long' : ''}`;
  if (issue.code === 'invalid_format') return 'does not have the form that it must have';
  return issue.message;
}

/**
 * @returns every field that does not fit, once, named as its sender knows it; never its value, which may be personal data
 */
export function fieldErrors(schema: z.ZodMiniType, value: unknown, kind: 'body' | 'parameter'): FieldError[] {
  const parsed = schema.safeParse(value);
  if (parsed.success) return [];
  const errors = parsed.error.issues.flatMap((issue): FieldError[] => {
    if (issue.code === 'unrecognized_keys') {
      const known = schemaAt(schema, issue.path);
      const fields = known instanceof z.ZodMiniObject ? Object.keys(known.shape).join(', ') : '';
      return issue.keys.map((key) => ({
        field: nameOf([...issue.path, key], kind),
        message: 'is not known',
        remedy: `Remove it; known are: ${fields}.`,
      }));
    }
    const message = messageOf(issue, value);
    return [
      {
        field: nameOf(issue.path, kind),
        message,
        remedy: remedyOf(
          schemaAt(schema, issue.path),
          issue.code === 'invalid_value' ? 'Send one of these.' : 'Send it as the API description says: see openapi.json.',
        ),
      },
    ];
  });
  return [...new Map(errors.map((error) => [error.field, error])).values()];
}
