import { existsSync, globSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { routes } from '../../contracts/routes.ts';
import { StepName } from '../../contracts/steps.ts';
import { kebabCase } from '../../lib/project.ts';

const top = fileURLToPath(new URL('../../', import.meta.url));
const handlers = globSync('lambdas/{api,events,steps}/*.ts', { cwd: top }).sort();

test.each(handlers)('%s has a unit test of its name', (file) => {
  expect(existsSync(`${top}test/unit/${file.replace(/\.ts$/, '.test.ts')}`)).toBe(true);
});

test('the files of the routes are named after their operations, one to one', () => {
  const files = handlers.filter((file) => file.startsWith('lambdas/api/')).map((file) => basename(file, '.ts'));
  expect(files).toEqual(routes.map(({ operation }) => kebabCase(operation)).sort());
});

describe.each(StepName.options)('%s', (step) => {
  test('is a state that runs the function of its own name', async () => {
    const [onboard, abandon] = await Promise.all([
      import('../../statemachines/onboard-tenant.asl.json', { with: { type: 'json' } }),
      import('../../statemachines/abandon-tenant.asl.json', { with: { type: 'json' } }),
    ]);
    const states = { ...onboard.default.States, ...abandon.default.States } as Record<string, { Arguments?: { FunctionName?: string } }>;
    expect(states[step]?.Arguments?.FunctionName).toBe(`\${${step}}`);
  });

  test('has its unit test, and nothing tests a step that is gone', () => {
    const tests = globSync('test/unit/lambdas/steps/*.test.ts', { cwd: top }).map((file) => basename(file, '.test.ts'));
    expect(tests).toContain(kebabCase(step));
    expect(tests.filter((name) => name !== 'conformance').sort()).toEqual(StepName.options.map(kebabCase).sort());
  });
});
