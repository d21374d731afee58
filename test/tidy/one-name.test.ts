import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { StepName } from '../../contracts/steps.ts';
import { kebabCase } from '../../lib/project.ts';
import { projectFile, sections } from '../support/markdown.ts';

/* A step has one name everywhere: whoever searches for it sees its whole life. That state, placeholder and function share it is held by test/definitions. */

const steps = StepName.options;
const top = fileURLToPath(new URL('../../', import.meta.url));
const runbook = sections(projectFile('docs/runbook.md'));

test('the constructs of the pipeline are the steps, in their order', () => {
  const constructs = [...projectFile('lib/pipeline-stack.ts').matchAll(/new Step\(this, '(\w+)'/g)].map(([, name]) => name);
  expect(constructs).toEqual([...steps]);
});

test('the files of the steps are named after them', () => {
  const files = readdirSync(`${top}lambdas/steps`).sort();
  expect(files).toEqual(steps.map((step) => `${kebabCase(step)}.ts`).sort());
});

describe.each(steps)('%s', (step) => {
  test('is the name that its handler gives itself', () => {
    expect(projectFile(`lambdas/steps/${kebabCase(step)}.ts`)).toContain(`  name: '${step}',\n`);
  });

  test('has tests of its own', () => {
    expect(existsSync(`${top}test/unit/lambdas/steps/${kebabCase(step)}.test.ts`)).toBe(true);
  });

  test('has an article in the runbook', () => {
    expect(runbook.map(({ heading }) => heading)).toContain(step);
  });
});

test('the articles of the steps and of the alarms say what it means, where to look, what to do and when it is over', () => {
  const articles = runbook.filter(({ heading }) => /^[A-Z][a-z]+[A-Z]\w+$/.test(heading));
  expect(articles.length).toBeGreaterThan(steps.length);
  for (const { heading, text } of articles) {
    const parts = [...text.matchAll(/^\*\*(Means|Look|Do|Over)\b/gm)].map(([, part]) => part);
    expect({ heading, parts }).toEqual({ heading, parts: ['Means', 'Look', 'Do', 'Over'] });
  }
});
