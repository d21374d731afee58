import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseSync } from '@swc/core';
import { accepted } from './accepted.ts';
import { edited, type MutantKind, mutantsOfCode } from './enumerate.ts';
import { retryClasses, withoutRetryClass } from './retry-classes.ts';
import { parse, root } from './syntax.ts';

const mutants = mutantsOfCode();
function changed(id: string): { line: string; text: string } {
  const mutant = mutants.find((each) => each.id === id);
  if (!mutant) throw new Error(`There is no ${id} among ${mutants.map((each) => each.id).join(', ')}`);
  const { source } = parse(mutant.file);
  return { line: source.toString().split('\n')[mutant.line - 1] ?? '', text: edited(source, mutant.edits) };
}
const commit = 'lambdas/shared/commit.ts';

describe('what is taken out of the code', () => {
  test('is of every kind', () => {
    const kinds: MutantKind[] = ['condition', 'conditions', 'check', 'ownership', 'transaction-member'];
    expect(mutants.map(({ kind }) => kind)).toEqual(expect.arrayContaining(kinds));
  });

  test('a condition, which then always holds, with the names and values that it uses', () => {
    const { line, text } = changed(`${commit}/eventWrite/condition-1`);
    expect(line).toContain("ConditionExpression: 'attribute_not_exists(seq)'");
    expect(text).toContain("ConditionExpression: (('attribute_not_exists(seq)') + ' OR attribute_not_exists(neverThere)')");
  });

  test('all conditions of a file, because one may refuse what another one would', () => {
    expect(changed(`${commit}/conditions`).text.split('neverThere').length - 1).toBe(4);
  });

  test('a check', () => {
    const { line, text } = changed(`${commit}/commit/check-1`);
    expect(line).toContain('if (!tenant) throw new UnknownTenant');
    expect(text).not.toContain('if (!tenant)');
  });

  test('a comparison by which something is one’s own', () => {
    const { line, text } = changed('lambdas/shared/silo-stack.ts/isSiloOf/ownership-1');
    expect(line).toContain('tagOf(stack, tenantTag) === tenantId');
    expect(text).toContain('isSiloOf = (stack: Stack, tenantId: string) => true;');
  });

  test('also when the owners are an array', () => {
    const { text } = changed('lambdas/steps/forget-signup.ts/own/ownership-1');
    expect(text).toContain('slugs.filter((_, place) => true)');
  });

  test('a member of a transaction', () => {
    const members = mutants.filter(({ id }) => id.startsWith(`${commit}/commit/transaction-member-`));
    expect(members).toHaveLength(4);
    expect(changed(`${commit}/commit/transaction-member-2`).text).toMatch(/\.\.\.\[\],\n\s+\.\.\.\(decision\.step/);
  });
});

test('every mutant is TypeScript, and so is its place when it tells that it was reached', () => {
  for (const { file, edits, mark } of mutants)
    for (const changes of [edits, mark])
      expect(() => parseSync(edited(parse(file).source, changes), { syntax: 'typescript', target: 'es2024' })).not.toThrow();
});

test('nothing is taken out of code that no step refers to', () => {
  const files = mutants.map(({ file }) => file);
  expect(files).toEqual(expect.arrayContaining(['lambdas/steps/create-admin-user.ts', 'lambdas/shared/step.ts']));
  expect(files.filter((file) => /lambdas\/(api|events)\//.test(file))).toEqual([]);
  expect(mutants.filter(({ id }) => id.includes('/commitNew/'))).toEqual([]);
});

test('every class of every Retry of both workflows is taken out, and nothing else with it', () => {
  const classes = retryClasses();
  for (const file of ['statemachines/onboard-tenant.asl.json', 'statemachines/abandon-tenant.asl.json']) {
    const definition = JSON.parse(readFileSync(join(root, file), 'utf8'));
    const named = (from: typeof definition) =>
      Object.entries(from.States as Record<string, { Retry?: { ErrorEquals: string[] }[] }>).flatMap(([state, { Retry = [] }]) =>
        Retry.flatMap(({ ErrorEquals }) => ErrorEquals.map((name) => `${state} ${name}`)),
      );
    const ofFile = classes.filter((each) => each.file === file);
    expect(ofFile.map(({ state, name }) => `${state} ${name}`)).toEqual(named(definition));
    for (const each of ofFile)
      expect(named(withoutRetryClass(definition, each))).toEqual(named(definition).filter((name) => name !== `${each.state} ${each.name}`));
  }
});

test('ids are unique, and whatever is accepted to survive is among them', () => {
  const ids = [...mutants, ...retryClasses()].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(Object.keys(accepted).filter((id) => !ids.includes(id))).toEqual([]);
  for (const { test: file = 'package.json' } of Object.values(accepted)) expect(existsSync(join(root, file))).toBe(true);
});
