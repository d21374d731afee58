import { globSync } from 'node:fs';
import { childrenOf, fileOf, type Node, type Place, parse, root } from './syntax.ts';

/** Something at the top of a file, and what it mentions. */
interface Declaration {
  readonly names: readonly string[];
  readonly place: Place;
  readonly mentions: ReadonlySet<string>;
}

interface FileOfHandlers {
  readonly declarations: readonly Declaration[];
  /** What a name in this file is elsewhere. */
  readonly imports: ReadonlyMap<string, { readonly file: string; readonly name: string }>;
}

const files = new Map<string, FileOfHandlers>();

function read(file: string): FileOfHandlers {
  const known = files.get(file);
  if (known) return known;
  const { module, placeOf } = parse(file);
  const imports = new Map<string, { file: string; name: string }>();
  const declarations: Declaration[] = [];
  for (const node of module.body) {
    if (node.type === 'ImportDeclaration') {
      const { value: from } = node['source'] as { value: string };
      if (node['typeOnly'] || !from.startsWith('.')) continue;
      for (const { local, imported, isTypeOnly } of node['specifiers'] as Specifier[])
        if (!isTypeOnly) imports.set(local.value, { file: fileOf(file, from), name: imported?.value ?? local.value });
    } else declarations.push({ names: namesOf(node), place: placeOf(node), mentions: new Set(mentionsOf(node)) });
  }
  const result = { declarations, imports };
  files.set(file, result);
  return result;
}

interface Specifier {
  readonly local: { readonly value: string };
  readonly imported?: { readonly value: string } | null;
  readonly isTypeOnly?: boolean;
}

function namesOf(node: Node): string[] {
  const declared = (node['declaration'] ?? node) as Node;
  const each = (declared['declarations'] as { id: { value?: string } }[] | undefined)?.map(({ id }) => id.value ?? '') ?? [];
  const { value } = (declared['identifier'] ?? {}) as { value?: string };
  return value ? [...each, value] : each;
}

/** Every identifier but those that are members' names. */
function mentionsOf(node: Node): string[] {
  if (node.type === 'Identifier') return [node['value'] as string];
  const shorthand = node.type === 'ObjectPattern' || node.type === 'ObjectExpression';
  return childrenOf(node).flatMap((child) => {
    if (child.type === 'Identifier' && !shorthand && (child === node['property'] || child === node['key'])) return [];
    return mentionsOf(child);
  });
}

/**
 * What of the handlers' code the steps are made of: the steps and the vending function, and whatever they refer to, however far away.
 * @returns by file, from the root of the checkout, where it is
 */
export function codeOfSteps(): Map<string, readonly Place[]> {
  const found = new Map<string, Set<Declaration>>();
  const take = (file: string, declaration: Declaration): void => {
    const ofFile = found.get(file) ?? new Set();
    found.set(file, ofFile);
    if (ofFile.has(declaration)) return;
    ofFile.add(declaration);
    for (const name of declaration.mentions) refer(file, name);
  };
  const refer = (file: string, name: string): void => {
    const { declarations, imports } = read(file);
    const elsewhere = imports.get(name);
    if (elsewhere?.file.startsWith('lambdas/')) refer(elsewhere.file, elsewhere.name);
    for (const declaration of declarations) if (declaration.names.includes(name)) take(file, declaration);
  };
  for (const file of globSync('lambdas/{steps,isolation}/*.ts', { cwd: root }))
    for (const declaration of read(file).declarations) take(file, declaration);
  return new Map([...found].sort().map(([file, ofFile]) => [file, [...ofFile].map(({ place }) => place)]));
}

/** @returns the files that import these, directly or not, and these */
export function importersOf(changed: readonly string[]): Set<string> {
  const all = globSync('lambdas/*/*.ts', { cwd: root });
  const imported = new Map(all.map((file) => [file, new Set([...read(file).imports.values()].map((each) => each.file))]));
  const found = new Set(changed);
  for (let size = 0; size < found.size; ) {
    size = found.size;
    for (const [file, from] of imported) if ([...from].some((each) => found.has(each))) found.add(file);
  }
  return found;
}
