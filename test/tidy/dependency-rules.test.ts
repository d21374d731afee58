import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const top = fileURLToPath(new URL('../../', import.meta.url));

const cdk = 'Handlers never import the CDK';
const mini = 'Handlers load zod/mini';
const local = 'Production code never knows the local stack';
const constructs = 'Only bin/ and lib/ know the constructs';
const commandLine = 'Nothing imports the command line';

/** Who may not import whom, and the words in which lint says so. */
const forbidden: [file: string, imported: string, rule: string][] = [
  ['contracts/x.ts', '../lambdas/shared/step.ts', 'Contracts import only the schema library'],
  ['contracts/x.ts', '../catalog/catalog.ts', 'Contracts import only the schema library'],
  ['contracts/x.ts', '@aws-sdk/client-dynamodb', 'Contracts import only the schema library'],
  ['contracts/x.ts', 'aws-cdk-lib', cdk],
  ['contracts/x.ts', '../local/stack.ts', local],
  ['contracts/x.ts', '../lib/project.ts', constructs],
  ['contracts/x.ts', '../cli/tenantry.ts', commandLine],
  ['catalog/x.ts', '../lambdas/shared/step.ts', 'The catalog imports contracts and the schema library alone'],
  ['contracts/x.ts', 'zod', mini],
  ['catalog/x.ts', 'zod', mini],
  ['lambdas/shared/x.ts', 'zod', mini],
  ['lambdas/api/x.ts', 'zod', mini],
  ['catalog/x.ts', '@aws-sdk/client-dynamodb', 'The catalog imports contracts and the schema library alone'],
  ['catalog/x.ts', '../lib/project.ts', constructs],
  ['lambdas/shared/x.ts', '../steps/plan-tenant.ts', 'Shared modules never import handlers'],
  ['lambdas/shared/x.ts', '../api/get-tenant.ts', 'Shared modules never import handlers'],
  ['lambdas/shared/x.ts', '../events/expire-signups.ts', 'Shared modules never import handlers'],
  ['lambdas/shared/x.ts', 'aws-cdk-lib/aws-lambda', cdk],
  ['lambdas/shared/x.ts', '../../local/stack.ts', local],
  ['lambdas/shared/x.ts', '../../lib/project.ts', constructs],
  ['lambdas/shared/x.ts', '../../cli/tenantry.ts', commandLine],
  ['lambdas/steps/x.ts', './plan-tenant.ts', 'Steps never import steps'],
  ['lambdas/steps/x.ts', '../api/get-tenant.ts', 'Steps never import steps'],
  ['lambdas/steps/x.ts', '../events/expire-signups.ts', 'Steps never import steps'],
  ['lambdas/steps/x.ts', 'constructs', cdk],
  ['lambdas/steps/x.ts', '../../local/stack.ts', local],
  ['lambdas/api/x.ts', './get-tenant.ts', 'Routes never import routes'],
  ['lambdas/api/x.ts', '../steps/plan-tenant.ts', 'Routes never import routes'],
  ['lambdas/api/x.ts', 'aws-cdk-lib', cdk],
  ['lambdas/api/x.ts', '../../local/stack.ts', local],
  ['lambdas/events/x.ts', './expire-signups.ts', 'Reactions never import reactions'],
  ['lambdas/events/x.ts', '../steps/plan-tenant.ts', 'Reactions never import reactions'],
  ['lambdas/events/x.ts', 'cdk-nag', cdk],
  ['lambdas/events/x.ts', '../../lib/project.ts', constructs],
  ['lib/x.ts', '../lambdas/steps/plan-tenant.ts', 'The CDK app refers to handlers by their path'],
  ['lib/x.ts', '../local/stack.ts', local],
  ['bin/x.ts', '../lambdas/steps/plan-tenant.ts', 'The CDK app refers to handlers by their path'],
  ['bin/x.ts', '../cli/tenantry.ts', commandLine],
  ['cli/x.ts', '../lambdas/shared/step.ts', 'The command line is a client of the API'],
  ['cli/x.ts', '../catalog/catalog.ts', 'The command line is a client of the API'],
  ['cli/x.ts', '../local/stack.ts', local],
  ['local/x.ts', '../lambdas/shared/step.ts', 'The local stack reads the synthesised assembly'],
  ['local/x.ts', '../lib/project.ts', 'The local stack reads the synthesised assembly'],
];

/** What stands next to it and is fine: a rule that forbids everything would hold the list above too. */
const allowed: [file: string, imported: string][] = [
  ['contracts/x.ts', 'zod/mini'],
  ['contracts/x.ts', './events.ts'],
  ['catalog/x.ts', '../contracts/steps.ts'],
  ['lambdas/shared/x.ts', '../../contracts/events.ts'],
  ['lambdas/shared/x.ts', '../../catalog/catalog.ts'],
  ['lambdas/steps/x.ts', '../shared/step.ts'],
  ['lambdas/steps/x.ts', '../../contracts/steps.ts'],
  ['lambdas/api/x.ts', '../shared/api.ts'],
  ['lambdas/events/x.ts', '../../contracts/events.ts'],
  ['lib/x.ts', '../contracts/routes.ts'],
  ['lib/x.ts', 'aws-cdk-lib'],
  ['cli/x.ts', '../contracts/routes.ts'],
  ['local/x.ts', '../contracts/routes.ts'],
];

/** Every probe is a file of its own in an empty copy of the layout, linted by the project's own rules in one run. */
const probes = [...forbidden, ...allowed].map(([file, imported], place) => ({ path: file.replace('x.ts', `probe-${place}.ts`), imported }));
let layout: string;
/** What Biome says of restricted imports, by the file. */
const said = new Map<string, string>();

beforeAll(() => {
  layout = mkdtempSync(join(tmpdir(), 'dependency-rules-'));
  copyFileSync(`${top}biome.json`, join(layout, 'biome.json'));
  for (const { path, imported } of probes) {
    mkdirSync(dirname(join(layout, path)), { recursive: true });
    writeFileSync(join(layout, path), `import * as imported from '${imported}';\n\nexport { imported };\n`);
  }
  const biome = `${top}node_modules/@biomejs/biome/bin/biome`;
  const { stdout } = spawnSync(process.execPath, [biome, 'lint', '--reporter=json', '--max-diagnostics=none'], {
    cwd: layout,
    encoding: 'utf8',
  });
  const report = JSON.parse(stdout) as { diagnostics: { category: string; location: { path: string } }[] };
  for (const diagnostic of report.diagnostics)
    if (diagnostic.category === 'lint/style/noRestrictedImports') said.set(diagnostic.location.path, JSON.stringify(diagnostic));
});
afterAll(() => rmSync(layout, { recursive: true }));

describe('lint names the rule that is broken when', () => {
  test.each(forbidden.map(([file, imported, rule], place) => [file, imported, rule, probes[place]?.path as string]))(
    '%s imports %s: %s',
    (_file, _imported, rule, path) => {
      expect(said.get(path)).toContain(rule);
    },
  );
});

describe('lint is content when', () => {
  test.each(allowed.map(([file, imported], place) => [file, imported, probes[forbidden.length + place]?.path as string]))(
    '%s imports %s',
    (_file, _imported, path) => {
      expect(probes.map((probe) => probe.path)).toContain(path);
      expect(said.get(path)).toBeUndefined();
    },
  );
});
