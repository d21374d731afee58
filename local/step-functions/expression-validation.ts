import { compile, expressionIn } from './expressions.ts';
import { isJsonObject } from './json.ts';

/** What is wrong with the expressions in a field, each with the path at which it stands. */
export function expressionProblems(value: unknown, path: string): string[] {
  if (typeof value === 'string') return textProblems(value, path);
  if (Array.isArray(value)) return value.flatMap((item, index) => expressionProblems(item, `${path}[${index}]`));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const keyProblems = key.endsWith('.$')
      ? [`${path}: the key "${key}" is JSONPath, which is not served here; write a {% … %} expression`]
      : [];
    return [...keyProblems, ...expressionProblems(inner, `${path}/${key}`)];
  });
}

function textProblems(text: string, path: string): string[] {
  const expression = expressionIn(text);
  if (expression === undefined) {
    // AWS refuses a half-written expression and one with blanks around it, which would be taken as plain text.
    const meant = /^\s*\{%|%\}\s*$/.test(text);
    return meant ? [`${path}: an expression must begin with {% and end with %}, without blanks around them`] : [];
  }
  try {
    return uses(compile(expression).ast(), 'eval') ? [`${path}: $eval is not supported by Step Functions; $parse reads JSON`] : [];
  } catch (error) {
    const message = error instanceof Error || (isJsonObject(error) && 'message' in error) ? error.message : error;
    return [`${path}: not a JSONata expression: ${message}`];
  }
}

/** Whether a variable or a function of this name stands anywhere in the expression. */
function uses(node: unknown, name: string): boolean {
  if (Array.isArray(node)) return node.some((item) => uses(item, name));
  if (typeof node !== 'object' || node === null) return false;
  const { type, value } = node as { type?: unknown; value?: unknown };
  if (type === 'variable' && value === name) return true;
  return Object.values(node).some((inner) => uses(inner, name));
}
