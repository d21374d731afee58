import { catcherFields, choiceFields, jsonPathFields, retrierFields, stateFields, unservedFields } from './definition-fields.ts';
import { expressionProblems } from './expression-validation.ts';
import { expressionIn } from './expressions.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { parseTaskResource } from './task-resource.ts';

/** Fields that hold expressions, in a state, a choice or a catcher. */
const expressionFields = new Set([
  ...['Output', 'Assign', 'Arguments', 'Items', 'ItemSelector', 'MaxConcurrency', 'Condition'],
  ...['Seconds', 'Timestamp', 'TimeoutSeconds', 'HeartbeatSeconds', 'Error', 'Cause'],
]);

/** What is wrong with one state, the groups in it apart. */
export function stateProblems(where: string, state: JsonObject, siblings: JsonObject): string[] {
  const type = String(state['Type']);
  const allowed = stateFields[type];
  if (!allowed) return [`${where}: Type must be one of ${Object.keys(stateFields).join(', ')}`];
  return [
    ...fieldProblems(state, allowed, where),
    ...expressionsOf(state, where),
    ...transitionProblems(where, state, siblings, allowed),
    ...assignProblems(where, state),
    ...(typeProblems[type]?.(where, state, siblings) ?? []),
    ...listOf(state, 'Retry').flatMap((retrier, index, all) =>
      retrierProblems(`${where}, Retry[${index}]`, retrier, index === all.length - 1),
    ),
    ...listOf(state, 'Catch').flatMap((catcher, index, all) =>
      catcherProblems(`${where}, Catch[${index}]`, catcher, index === all.length - 1, siblings),
    ),
  ];
}

/** Fields that do not belong there. */
export function fieldProblems(object: JsonObject, allowed: readonly string[], where: string): string[] {
  return Object.keys(object)
    .filter((key) => !allowed.includes(key))
    .map((key) => {
      if (jsonPathFields.has(key)) return `${where}: ${key} is JSONPath, which is not served here; write it in JSONata`;
      return `${where}: ${key} ${unservedFields[key] ? `is refused, because ${unservedFields[key]}` : 'is not a field that belongs here'}`;
    });
}

function expressionsOf(object: JsonObject, where: string): string[] {
  return Object.entries(object).flatMap(([key, value]) => (expressionFields.has(key) ? expressionProblems(value, `${where}: ${key}`) : []));
}

function assignProblems(where: string, place: JsonObject): string[] {
  const { Assign } = place;
  return Assign === undefined || isJsonObject(Assign) ? [] : [`${where}: Assign must be an object`];
}

function transitionProblems(where: string, state: JsonObject, siblings: JsonObject, allowed: readonly string[]): string[] {
  if (!allowed.includes('Next')) return [];
  const { Next, End } = state;
  if (End !== undefined && typeof End !== 'boolean') return [`${where}: End must be true or false`];
  if (Next === undefined) return End === true ? [] : [`${where}: Next is missing (or "End": true)`];
  return End === true ? [`${where}: Next and End cannot both be set`] : targetProblems(where, 'Next', Next, siblings);
}

function targetProblems(where: string, field: string, target: unknown, siblings: JsonObject): string[] {
  if (typeof target === 'string' && Object.hasOwn(siblings, target)) return [];
  return [`${where}: ${field} ${target === undefined ? 'is missing' : `names "${target}", which is not a state beside it`}`];
}

type TypeProblems = (where: string, state: JsonObject, siblings: JsonObject) => string[];

const typeProblems: Readonly<Record<string, TypeProblems>> = {
  Task(where, state) {
    const { Resource, TimeoutSeconds, HeartbeatSeconds } = state;
    const problems = [
      ...secondsProblems(where, 'TimeoutSeconds', TimeoutSeconds, 1),
      ...secondsProblems(where, 'HeartbeatSeconds', HeartbeatSeconds, 1),
    ];
    if (typeof TimeoutSeconds === 'number' && typeof HeartbeatSeconds === 'number' && HeartbeatSeconds >= TimeoutSeconds) {
      problems.push(`${where}: HeartbeatSeconds must be less than TimeoutSeconds`);
    }
    if (typeof Resource !== 'string') return [...problems, `${where}: Resource is missing`];
    try {
      parseTaskResource(Resource);
      return problems;
    } catch (error) {
      return [...problems, `${where}: ${error instanceof Error ? error.message : error}`];
    }
  },
  Parallel(where, { Branches }) {
    return Array.isArray(Branches) && Branches.length > 0 ? [] : [`${where}: Branches must name at least one branch`];
  },
  Map(where, { ItemProcessor, Items }) {
    const problems: string[] = [];
    const config = isJsonObject(ItemProcessor) ? ItemProcessor['ProcessorConfig'] : undefined;
    const mode = isJsonObject(config) ? config['Mode'] : undefined;
    if (mode !== undefined && mode !== 'INLINE') problems.push(`${where}: the Mode ${mode} is not served here; only INLINE is`);
    if (Items !== undefined && !Array.isArray(Items) && !isExpression(Items))
      problems.push(`${where}: Items must be an array or an expression`);
    return problems;
  },
  Wait(where, { Seconds, Timestamp }) {
    if ((Seconds === undefined) === (Timestamp === undefined)) return [`${where}: exactly one of Seconds and Timestamp must be set`];
    if (Timestamp !== undefined && typeof Timestamp !== 'string') return [`${where}: Timestamp must be a string`];
    return secondsProblems(where, 'Seconds', Seconds, 0);
  },
  Choice(where, { Choices, Default }, siblings) {
    const problems = Default === undefined ? [] : targetProblems(where, 'Default', Default, siblings);
    if (!Array.isArray(Choices) || Choices.length === 0) return [...problems, `${where}: Choices must name at least one choice`];
    return [...problems, ...Choices.flatMap((choice, index) => choiceProblems(`${where}, Choices[${index}]`, choice, siblings))];
  },
  Fail(where, state) {
    const fields = ['Error', 'Cause'].filter((field) => state[field] !== undefined && typeof state[field] !== 'string');
    return fields.map((field) => `${where}: ${field} must be a string`);
  },
};

function choiceProblems(where: string, choice: unknown, siblings: JsonObject): string[] {
  if (!isJsonObject(choice)) return [`${where} must be an object`];
  const { Condition } = choice;
  return [
    ...fieldProblems(choice, choiceFields, where),
    ...(typeof Condition === 'boolean' || isExpression(Condition)
      ? []
      : [`${where}: Condition must be an expression that yields true or false`]),
    ...expressionsOf(choice, where),
    ...assignProblems(where, choice),
    ...targetProblems(where, 'Next', choice['Next'], siblings),
  ];
}

function retrierProblems(where: string, retrier: unknown, last: boolean): string[] {
  if (!isJsonObject(retrier)) return [`${where} must be an object`];
  const { IntervalSeconds = 1, MaxAttempts, BackoffRate, MaxDelaySeconds, JitterStrategy } = retrier;
  const problems = [...fieldProblems(retrier, retrierFields, where), ...errorEqualsProblems(where, retrier['ErrorEquals'], last)];
  if (!isWhole(IntervalSeconds, 1, 99_999_999)) problems.push(`${where}: IntervalSeconds must be a whole number above 0`);
  if (MaxAttempts !== undefined && !isWhole(MaxAttempts, 0, 99_999_999))
    problems.push(`${where}: MaxAttempts must be a whole number from 0 to 99999999`);
  if (BackoffRate !== undefined && !(typeof BackoffRate === 'number' && BackoffRate >= 1))
    problems.push(`${where}: BackoffRate must be a number from 1`);
  if (MaxDelaySeconds !== undefined && !(isWhole(MaxDelaySeconds, 1, 31_622_399) && MaxDelaySeconds > Number(IntervalSeconds))) {
    problems.push(`${where}: MaxDelaySeconds must be a whole number above IntervalSeconds and below 31622400`);
  }
  if (JitterStrategy !== undefined && JitterStrategy !== 'FULL' && JitterStrategy !== 'NONE')
    problems.push(`${where}: JitterStrategy must be FULL or NONE`);
  return problems;
}

function catcherProblems(where: string, catcher: unknown, last: boolean, siblings: JsonObject): string[] {
  if (!isJsonObject(catcher)) return [`${where} must be an object`];
  return [
    ...fieldProblems(catcher, catcherFields, where),
    ...errorEqualsProblems(where, catcher['ErrorEquals'], last),
    ...expressionsOf(catcher, where),
    ...assignProblems(where, catcher),
    ...targetProblems(where, 'Next', catcher['Next'], siblings),
  ];
}

/** States.ALL stands alone, in the last retrier or catcher: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html */
function errorEqualsProblems(where: string, names: unknown, last: boolean): string[] {
  if (!Array.isArray(names) || names.length === 0 || !names.every((name) => typeof name === 'string'))
    return [`${where}: ErrorEquals must name at least one error`];
  if (names.includes('States.ALL') && (names.length > 1 || !last)) return [`${where}: States.ALL must stand alone and last`];
  return [];
}

function secondsProblems(where: string, field: string, value: unknown, least: number): string[] {
  return value === undefined || isWhole(value, least, 99_999_999) || isExpression(value)
    ? []
    : [`${where}: ${field} must be a whole number from ${least} to 99999999`];
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

function isExpression(value: unknown): boolean {
  return typeof value === 'string' && expressionIn(value) !== undefined;
}

function listOf(state: JsonObject, field: string): unknown[] {
  const list = state[field];
  return Array.isArray(list) ? list : [];
}
