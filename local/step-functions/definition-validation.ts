import type { StateMachineDefinition } from './definition.ts';
import { branchFields, jsonPathFields, machineFields, processorFields } from './definition-fields.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { ServiceError } from './service-error.ts';
import { fieldProblems, stateProblems } from './state-validation.ts';

const languageAdvice = 'only JSONata is served here; set "QueryLanguage": "JSONata"';

/**
 * What is wrong with a state machine's definition, as one sentence a problem that names the state and the field; none for a definition that the engine can run.
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
 */
export function validateDefinition(definition: unknown): string[] {
  if (!isJsonObject(definition)) return ['The definition must be a JSON object.'];
  const problems = fieldProblems(definition, machineFields, 'The state machine');
  const { TimeoutSeconds, Version, QueryLanguage } = definition;
  if (TimeoutSeconds !== undefined && !(Number.isInteger(TimeoutSeconds) && Number(TimeoutSeconds) > 0)) {
    problems.push('The state machine: TimeoutSeconds must be a whole number above 0');
  }
  if (Version !== undefined && Version !== '1.0') problems.push('The state machine: Version must be "1.0"');
  const group = {
    where: 'The state machine',
    language: QueryLanguage ?? 'JSONPath',
    names: new Map<string, string>(),
    outerVariables: new Set<string>(),
  };
  return [...problems, ...groupProblems(definition, group)];
}

/** The same for JSON text. */
export function validateDefinitionText(text: string): string[] {
  try {
    return validateDefinition(JSON.parse(text));
  } catch (error) {
    return [`The definition is not JSON: ${error instanceof Error ? error.message : error}`];
  }
}

/** The definition in a JSON text. Throws `InvalidDefinition` that lists all that is wrong with it. */
export function parseDefinition(text: string): StateMachineDefinition {
  const problems = validateDefinitionText(text);
  if (problems.length > 0) throw new ServiceError('InvalidDefinition', `Invalid State Machine Definition: ${problems.join('; ')}`);
  return JSON.parse(text);
}

interface Group {
  /** How a problem names it. */
  readonly where: string;
  readonly language: unknown;
  /** The states seen so far anywhere in the machine, and where. */
  readonly names: Map<string, string>;
  /** Variables of the groups around, which may be read but not assigned. */
  readonly outerVariables: ReadonlySet<string>;
}

function groupProblems(definition: JsonObject, group: Group): string[] {
  const { where } = group;
  const { StartAt, States } = definition;
  if (!isJsonObject(States) || Object.keys(States).length === 0) return [`${where}: States must name at least one state`];
  if (typeof StartAt !== 'string') return [`${where}: StartAt must name a state`];
  const problems: string[] = [];
  if (!Object.hasOwn(States, StartAt)) problems.push(`${where}: StartAt names "${StartAt}", which is not among its States`);
  const variables = assignedNames(Object.values(States));
  for (const name of variables) {
    // "A variable assigned in an inner scope cannot have the same name as one assigned in an outer scope", and names are Unicode identifiers:
    // https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
    if (group.outerVariables.has(name)) problems.push(`${where}: the variable "${name}" is assigned in the group around already`);
    if (!/^\p{ID_Start}\p{ID_Continue}{0,79}$/u.test(name) || name === 'states')
      problems.push(`${where}: "${name}" is not a name for a variable`);
  }
  const inner = { ...group, outerVariables: new Set([...group.outerVariables, ...variables]) };
  for (const [name, state] of Object.entries(States)) problems.push(...namedStateProblems(name, state, States, inner));
  const lost = Object.hasOwn(States, StartAt) ? unreachable(StartAt, States) : [];
  return [...problems, ...lost.map((name) => `State "${name}": no state leads to it`)];
}

function namedStateProblems(name: string, state: unknown, siblings: JsonObject, group: Group): string[] {
  const where = `State "${name}"`;
  if (!isJsonObject(state)) return [`${where} must be an object`];
  const problems: string[] = [];
  if (name.length === 0 || name.length > 80) problems.push(`${where}: a name has 1 to 80 characters`);
  const other = group.names.get(name);
  if (other !== undefined) problems.push(`${where}: the name is used twice in the state machine`);
  group.names.set(name, group.where);
  const language = state['QueryLanguage'] ?? group.language;
  if (language !== 'JSONata') {
    const field = Object.keys(state).find((key) => jsonPathFields.has(key));
    return [
      ...problems,
      `${where}: ${field === undefined ? 'it has no QueryLanguage of JSONata' : `${field} is JSONPath`}; ${languageAdvice}`,
    ];
  }
  problems.push(...stateProblems(where, state, siblings));
  for (const [inner, innerWhere, fields] of innerGroups(where, state)) {
    if (!isJsonObject(inner)) problems.push(`${innerWhere} must be an object with StartAt and States`);
    else
      problems.push(
        ...fieldProblems(inner, fields, innerWhere),
        ...groupProblems(inner, { ...group, where: innerWhere, language: inner['QueryLanguage'] ?? group.language }),
      );
  }
  return problems;
}

function innerGroups(where: string, state: JsonObject): [unknown, string, readonly string[]][] {
  const branches = state['Type'] === 'Parallel' && Array.isArray(state['Branches']) ? state['Branches'] : [];
  const groups: [unknown, string, readonly string[]][] = branches.map((branch, index) => [
    branch,
    `${where}, branch ${index + 1}`,
    branchFields,
  ]);
  if (state['Type'] === 'Map') groups.push([state['ItemProcessor'], `${where}, ItemProcessor`, processorFields]);
  return groups;
}

/** The variables that the states of one group assign, in whichever place. */
function assignedNames(states: readonly unknown[]): Set<string> {
  const places = states.filter(isJsonObject).flatMap((state) => [state, ...objectsIn(state['Catch']), ...objectsIn(state['Choices'])]);
  return new Set(places.flatMap((place) => (isJsonObject(place['Assign']) ? Object.keys(place['Assign']) : [])));
}

/** The objects in a list; none where there is no list. */
function objectsIn(list: unknown): JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

function unreachable(start: string, states: JsonObject): string[] {
  const reached = new Set<string>();
  const visit = (name: unknown) => {
    if (typeof name !== 'string' || reached.has(name)) return;
    const state = states[name];
    if (!isJsonObject(state)) return;
    reached.add(name);
    for (const place of [state, ...objectsIn(state['Catch']), ...objectsIn(state['Choices'])]) visit(place['Next']);
    visit(state['Default']);
  };
  visit(start);
  return Object.keys(states).filter((name) => !reached.has(name));
}
