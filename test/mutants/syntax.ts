import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from '@swc/core';

/** The root of the checkout, with a slash at its end. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** A node of the syntax tree: https://swc.rs/docs/usage/core#parse */
export interface Node {
  readonly type: string;
  readonly span: { readonly start: number; readonly end: number };
  readonly [member: string]: unknown;
}

/** A file's source and syntax. */
export interface Parsed {
  /** From the root of the checkout. */
  readonly file: string;
  readonly source: Buffer;
  readonly module: Node & { readonly body: readonly Node[] };
  /** Where a node is in the source, in bytes. */
  readonly placeOf: (node: Node) => Place;
}

/** Offsets in bytes; `to` is after the last one. */
export interface Place {
  readonly from: number;
  readonly to: number;
}

export const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;

/** A statement before the source: it begins where the file's first byte is, which the parser does not tell otherwise. */
const before = 'void 0;';
const parsed = new Map<string, Parsed>();

/** @param file from the root of the checkout */
export function parse(file: string): Parsed {
  const known = parsed.get(file);
  if (known) return known;
  const source = readFileSync(join(root, file));
  const whole = parseSync(before + source.toString(), { syntax: 'typescript', target: 'es2024' }) as unknown as Parsed['module'];
  const [first, ...body] = whole.body as [Node, ...Node[]];
  const origin = first.span.start + Buffer.byteLength(before);
  const placeOf = ({ span }: Node) => ({ from: span.start - origin, to: span.end - origin });
  const result: Parsed = { file, source, module: { ...whole, body }, placeOf };
  parsed.set(file, result);
  return result;
}

/** The nodes right below a node, in the order of the source. */
export function childrenOf(node: Node): Node[] {
  return Object.values(node)
    .flat()
    .flatMap((value) => {
      if (isNode(value)) return [value];
      // Elements of an array, and arguments, come with whether they are spread.
      const { expression } = (value ?? {}) as { expression?: unknown };
      return isNode(expression) ? [expression] : [];
    });
}

/** @returns the file that a relative specifier names, from the root of the checkout */
export const fileOf = (from: string, specifier: string): string => relative(root, join(root, from, '..', specifier));
