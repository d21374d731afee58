import { codeOfSteps } from './reachable.ts';
import { childrenOf, isNode, type Node, type Place, parse } from './syntax.ts';

/** What a mutant takes out of the code: `ownership` is a comparison by which something is told to be one's own; `conditions` are all of a file, some of which refuse the same. */
export type MutantKind = 'condition' | 'conditions' | 'check' | 'ownership' | 'transaction-member';

/** One place in a file, and what the file has there instead. */
export interface Edit extends Place {
  readonly text: string;
}

/** One change of the code that the matrix has to notice. */
export interface CodeMutant {
  /** `lambdas/shared/commit.ts/follows/condition-1`: it stays when other lines come and go. */
  readonly id: string;
  readonly kind: MutantKind;
  /** From the root of the checkout. */
  readonly file: string;
  readonly line: number;
  readonly edits: readonly Edit[];
  /** Has the place tell that it was reached, and changes nothing else. */
  readonly mark: readonly Edit[];
}

/** What a place calls when it is reached; see coverage.ts. */
export const reachedName = '__reached';

/** @returns every mutant of the code that the steps are made of */
export const mutantsOfCode = (): CodeMutant[] => [...codeOfSteps()].flatMap(([file, places]) => mutantsOf(file, places));

/** @returns every mutant in these places of a file */
function mutantsOf(file: string, places: readonly Place[]): CodeMutant[] {
  const { source, module, placeOf } = parse(file);
  const textOf = ({ from, to }: Place) => source.subarray(from, to).toString();
  const found: CodeMutant[] = [];
  const counts = new Map<string, number>();
  /** @param marked what is evaluated when the place is reached */
  const add = (kind: MutantKind, within: string, node: Node, text: string, marked: Node = node) => {
    const place = `${file}/${within}/${kind}`;
    const count = (counts.get(place) ?? 0) + 1;
    counts.set(place, count);
    const { from, to } = placeOf(node);
    if (!places.some((each) => each.from <= from && to <= each.to)) return;
    const id = `${place}-${count}`;
    const line = textOf({ from: 0, to: from }).split('\n').length;
    found.push({ id, kind, file, line, edits: [{ from, to, text }], mark: around(placeOf(marked), id) });
  };
  const visit = (node: Node, within: string): void => {
    const name = nameOf(node) ?? within;
    const value = node['value'];
    if (node.type === 'KeyValueProperty' && isNode(value)) {
      // Always true, and every name and value of the expression is still used, as DynamoDB demands.
      if (keyOf(node) === 'ConditionExpression')
        add('condition', name, value, `((${textOf(placeOf(value))}) + ' OR attribute_not_exists(neverThere)')`);
      if (/^(writes|TransactItems|alongside)$/.test(keyOf(node) ?? ''))
        for (const { spread, expression } of arraysIn(value).flatMap(elementsOf))
          add('transaction-member', name, expression, spread ? '[]' : '...[]');
    }
    if (node.type === 'IfStatement' && refuses(node['consequent'] as Node)) add('check', name, node, ';', node['test'] as Node);
    for (const child of childrenOf(node)) {
      const isWholeCheck = node.type === 'IfStatement' && child === node['test'] && refuses(node['consequent'] as Node);
      if (!isWholeCheck && comparesOwner(child)) add('ownership', name, child, child['operator'] === '===' ? 'true' : 'false');
      visit(child, name);
    }
  };
  visit(module, 'module');
  const conditions = found.filter(({ kind }) => kind === 'condition');
  const [first, second] = conditions;
  if (!first || !second) return found;
  const id = `${file}/conditions`;
  const mark = conditions.flatMap(({ edits: [edit] }) => (edit ? around(edit, id) : []));
  return [...found, { ...first, id, kind: 'conditions', edits: conditions.flatMap(({ edits }) => edits), mark }];
}

/** `(__reached('id'), value)` */
const around = ({ from, to }: Place, id: string): Edit[] => [
  { from, to: from, text: `(${reachedName}(${JSON.stringify(id)}), ` },
  { from: to, to, text: ')' },
];

const lastNames = /^(tenantId|runId|generation|attempt|owner|redriveCount)$/;

/** `found.tenantId !== tenant.tenantId`: both sides say whose it is, or one does and the other is asked. */
function comparesOwner(node: Node): boolean {
  if (node.type !== 'BinaryExpression' || !['===', '!=='].includes(node['operator'] as string)) return false;
  const sides = [node['left'], node['right']] as Node[];
  const named = sides.filter((side) => lastNames.test(lastNameOf(side) ?? ''));
  return named.length === 2 || (named.length === 1 && sides.some(({ type }) => type === 'CallExpression'));
}

function lastNameOf(node: Node): string | undefined {
  if (node.type === 'Identifier') return node['value'] as string;
  if (node.type === 'OptionalChainingExpression') return lastNameOf(node['base'] as Node);
  if (node.type === 'Computed') return (node['expression'] as { value?: string }).value;
  if (node.type !== 'MemberExpression') return undefined;
  const property = node['property'] as Node;
  // `owners[place]` is an owner.
  const isElement = property.type === 'Computed' && (property['expression'] as Node).type !== 'StringLiteral';
  return isElement ? lastNameOf(node['object'] as Node)?.replace(/s$/, '') : lastNameOf(property);
}

/** The arrays that a value may be; not those within their elements. */
const arraysIn = (node: Node): Node[] =>
  node.type === 'ArrayExpression' ? [node] : node.type === 'CallExpression' ? [] : childrenOf(node).flatMap(arraysIn);

const elementsOf = (array: Node) =>
  (array['elements'] as ({ spread: object | null; expression: Node } | null)[]).filter((each) => each !== null);

function keyOf(node: Node): string | undefined {
  const key = node['key'] as { type: string; value?: string };
  return key.type === 'Identifier' || key.type === 'StringLiteral' ? key.value : undefined;
}

/** What a function or a constant at hand is called; ids have it, because lines move. */
function nameOf(node: Node): string | undefined {
  const named = (node['identifier'] ?? (node.type === 'VariableDeclarator' ? node['id'] : undefined)) as { value?: string } | undefined;
  if (/Function|Class|VariableDeclarator/.test(node.type)) return named?.value;
  return node.type === 'KeyValueProperty' && /Function/.test((node['value'] as Node).type) ? keyOf(node) : undefined;
}

/** A guard: it throws, or it hands back what is there already. */
function refuses(consequent: Node): boolean {
  const statement = consequent.type === 'BlockStatement' ? ((consequent['stmts'] as Node[])[0] ?? consequent) : consequent;
  return statement.type === 'ThrowStatement' || statement.type === 'ReturnStatement';
}

/** @returns a source with edits made, which do not overlap */
export function edited(source: Buffer, edits: readonly Edit[]): string {
  const last = [...edits].sort((one, other) => other.from - one.from || other.to - one.to);
  return last
    .reduce((text, { from, to, text: instead }) => Buffer.concat([text.subarray(0, from), Buffer.from(instead), text.subarray(to)]), source)
    .toString();
}
