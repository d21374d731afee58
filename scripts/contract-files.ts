import * as z from 'zod/mini';
import { events } from '../contracts/events.ts';
import { type ProblemKind, problemKinds, problemType } from '../contracts/problem.ts';
import { problemsOf, type Route, routes } from '../contracts/routes.ts';

/* OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1.html) and JSON Schema 2020-12, from the schemas that the handlers check with. */

/** The `remedy` of a field is ours: OpenAPI takes it as an extension, which must begin with x-; a strict reader of JSON Schema takes no extensions. */
function extended(schema: unknown, extension: 'x-remedy' | null = 'x-remedy'): unknown {
  if (Array.isArray(schema)) return schema.map((each) => extended(each, extension));
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => key !== '$schema' && key !== '$id' && key !== 'id' && (extension || key !== 'remedy'))
      .map(([key, value]) => [key === 'remedy' ? extension : key, extended(value, extension)]),
  );
}

/** By name: schemas register themselves as their modules load, in an order that says nothing. */
const components = () => {
  const { schemas } = z.toJSONSchema(z.globalRegistry, { uri: (id) => `#/components/schemas/${id}`, io: 'input' });
  return extended(Object.fromEntries(Object.entries(schemas).sort(([one], [other]) => (one < other ? -1 : 1)))) as Record<string, unknown>;
};

const schemaOf = (schema: z.ZodMiniType) => {
  const id = z.globalRegistry.get(schema)?.id;
  return id ? { $ref: `#/components/schemas/${id}` } : extended(z.toJSONSchema(schema, { io: 'input' }));
};

const parametersOf = (schema: z.ZodMiniObject | undefined, place: 'path' | 'query' | 'header') =>
  Object.entries(schema?.shape ?? {}).map(([name, field]) => ({
    name,
    in: place,
    required: place === 'path' || !(field as z.ZodMiniType).safeParse(undefined).success,
    schema: schemaOf(field instanceof z.ZodMiniOptional ? (field.def.innerType as z.ZodMiniType) : (field as z.ZodMiniType)),
  }));

/** https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3; sent wherever it is known how long. */
const retryAfter = {
  'Retry-After': { description: 'After how many seconds it is worth to send the request again.', schema: { type: 'integer', minimum: 1 } },
};
const comesBack: ReadonlySet<ProblemKind> = new Set(['too-many-requests', 'onboarding-paused', 'unavailable', 'not-correctable']);

const problemResponses = (kinds: readonly ProblemKind[]) => {
  const byStatus = Map.groupBy(kinds, (kind) => problemKinds[kind].status);
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      status,
      {
        description: same.map((kind) => `${problemKinds[kind].title} (${problemType(kind)})`).join('; '),
        ...(same.some((kind) => comesBack.has(kind)) ? { headers: retryAfter } : {}),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
};

function operationOf(route: Route) {
  const always: ProblemKind[] = ['too-many-requests', 'internal-error', 'unavailable'];
  const problems = new Set([
    ...problemsOf(route),
    ...(route.access === 'staff' ? (['unauthorized', 'forbidden'] as const) : []),
    ...always,
  ]);
  const { status, body } = route.success;
  return {
    operationId: route.operation,
    summary: route.summary,
    ...(route.access === 'staff' ? { security: [{ staff: [] }] } : { security: [] }),
    parameters: [
      ...parametersOf(route.pathParameters, 'path'),
      ...parametersOf(route.query, 'query'),
      ...parametersOf(route.headers, 'header'),
    ],
    ...(route.body ? { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(route.body) } } } } : {}),
    responses: {
      [status]: {
        description: route.summary,
        content:
          body === 'text/html' ? { 'text/html': { schema: { type: 'string' } } } : { 'application/json': { schema: schemaOf(body) } },
      },
      ...problemResponses([...problems]),
    },
  };
}

function openApi() {
  const byPath = Map.groupBy(routes as readonly Route[], ({ path }) => path);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Tenantry',
      version: '1',
      description: 'The tenant lifecycle: sign up, follow, operate.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths: Object.fromEntries(
      [...byPath].map(([path, here]) => [path, Object.fromEntries(here.map((route) => [route.method.toLowerCase(), operationOf(route)]))]),
    ),
    components: {
      schemas: components(),
      securitySchemes: {
        staff: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: 'The ID token of a member of staff, from the staff user pool.',
        },
      },
    },
  };
}

const eventSchema = (name: string, schema: z.ZodMiniType) => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: name,
  ...(extended(z.toJSONSchema(schema, { reused: 'inline' }), null) as object),
});

/** @returns the content of each generated file, by its path from the top of the repository */
export function contractFiles(): Record<string, string> {
  const text = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  return {
    'contracts/generated/openapi.json': text(openApi()),
    ...Object.fromEntries(
      Object.entries(events).map(([name, schema]) => [`contracts/generated/events/${name}.json`, text(eventSchema(name, schema))]),
    ),
  };
}
