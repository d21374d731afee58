import jsonata from 'jsonata';
import type { Clock } from './clock.ts';
import { expressionFunctions } from './expression-functions.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import type { RandomSource } from './random.ts';
import { StatesError } from './states-error.ts';

/** What an expression sees: `$states`, and each variable by its name. */
export interface Bindings {
  readonly states: {
    readonly input: Json;
    readonly context: JsonObject;
    readonly result?: Json;
    readonly errorOutput?: Json;
  };
  readonly variables: Readonly<Record<string, Json>>;
}

/** The JSONata between `{%` and `%}`, or undefined when the text is a literal. No blanks may stand around them, as on AWS. */
export function expressionIn(text: string): string | undefined {
  return text.startsWith('{%') && text.endsWith('%}') && text.length >= 4 ? text.slice(2, -2) : undefined;
}

/** Compiled expressions by their text: definitions are few, and their texts recur with each execution. */
const compiled = new Map<string, jsonata.Expression>();
const mostCompiled = 5_000;

/** An expression that never ends would hold up every execution. The time is the machine's own, also under a virtual clock. */
const longestEvaluationMilliseconds = 10_000;
const deepestRecursion = 2_000;

/** Throws JSONata's own error for a text that is none. */
export function compile(expression: string): jsonata.Expression {
  let result = compiled.get(expression);
  if (!result) {
    result = jsonata(expression, { timeout: longestEvaluationMilliseconds, stack: deepestRecursion });
    if (compiled.size >= mostCompiled) compiled.clear();
    compiled.set(expression, result);
  }
  return result;
}

/** Evaluates the fields of a state. https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html */
export class Evaluator {
  readonly #functions: Record<string, unknown>;

  constructor(clock: Clock, random: RandomSource) {
    this.#functions = expressionFunctions(clock, random);
  }

  /**
   * The value of a field, with each expression in it replaced by its result.
   * Throws `States.QueryEvaluationError` where one fails or yields nothing that JSON can hold.
   */
  async evaluate(template: Json, bindings: Bindings, location: string): Promise<Json> {
    if (typeof template === 'string') {
      const expression = expressionIn(template);
      return expression === undefined ? template : await this.#evaluateExpression(expression, bindings, location);
    }
    // One after the other: with a seeded random source the order of the draws is part of the result.
    if (Array.isArray(template)) {
      const list: Json[] = [];
      for (const [index, item] of template.entries()) list.push(await this.evaluate(item, bindings, `${location}[${index}]`));
      return list;
    }
    if (isJsonObject(template)) {
      const object: JsonObject = {};
      for (const [key, value] of Object.entries(template)) object[key] = await this.evaluate(value, bindings, `${location}/${key}`);
      return object;
    }
    return template;
  }

  /** The value of a field that must be a whole number in these bounds. */
  async integer(template: number | string, bindings: Bindings, location: string, least: number, most: number): Promise<number> {
    const value = await this.evaluate(template, bindings, location);
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    throw unexpected(location, `a whole number from ${least} to ${most}`, value);
  }

  /** The value of a field that must be text. */
  async text(template: string, bindings: Bindings, location: string): Promise<string> {
    const value = await this.evaluate(template, bindings, location);
    if (typeof value === 'string') return value;
    throw unexpected(location, 'a string', value);
  }

  async #evaluateExpression(expression: string, bindings: Bindings, location: string): Promise<Json> {
    let result: unknown;
    try {
      result = await compile(expression).evaluate(undefined, { ...this.#functions, ...bindings.variables, states: bindings.states });
    } catch (error) {
      throw new StatesError('States.QueryEvaluationError', `The JSONata expression '${expression}' failed: ${messageOf(error)}`, location);
    }
    if (result === undefined) throw this.#unusable(expression, 'nothing (undefined)', location);
    // JSONata marks the lists it makes; a copy through JSON carries the values alone.
    const text = JSON.stringify(result, (_key, value: unknown) => {
      if (isFunction(value)) throw this.#unusable(expression, 'a function', location);
      return value;
    });
    return JSON.parse(text);
  }

  #unusable(expression: string, returned: string, location: string): StatesError {
    return new StatesError('States.QueryEvaluationError', `The JSONata expression '${expression}' returned ${returned}.`, location);
  }
}

/** Functions of JSONata's are objects with a mark. */
function isFunction(value: unknown): boolean {
  return typeof value === 'function' || (isJsonObject(value) && ('_jsonata_function' in value || '_jsonata_lambda' in value));
}

/** The error of a field whose expression yields the wrong kind of value. */
export function unexpected(location: string, wanted: string, value: Json): StatesError {
  const kind =
    value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value === 'object' ? 'an object' : JSON.stringify(value);
  return new StatesError('States.QueryEvaluationError', `The field '${location}' must be ${wanted}; it is ${kind}.`, location);
}

/** JSONata throws plain objects as well as errors. */
function messageOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string') return error.message;
  return JSON.stringify(error);
}
