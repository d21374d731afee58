import type { Command } from 'commander';
import type { SiloSummary, TemplateDifference } from '../../contracts/silos.ts';
import { type Context, contextOf } from '../context.ts';
import { examples } from '../options.ts';
import { facts, printJson, printLines, printNote, table } from '../output.ts';

const example = examples('tenantry silo diff', 'tenantry silo diff 6f1f0c7e-6f0c-4a5e-9d60-3d0b4c3ad7a1 --json');
/** The most that a page may have. */
const limit = '100';

/** Adds the commands about what tenants have of their own. */
export function silo(program: Command): void {
  const group = program
    .command('silo')
    .summary('look after what tenants have of their own')
    .description('Looks after silos: what a tenant has of its own, made from the Silo template. Needs you to be signed in.')
    .addHelpText('after', example);
  group
    .command('diff')
    .summary('show which silos are behind the current template, and in what')
    .description(
      'Lists the silos that were made from another version of the Silo template than the current one. With a tenant, shows in what its template and the current one differ. Needs you to be signed in.',
    )
    .argument('[tenantId]', 'the id of a tenant with a silo (default: all that are behind)')
    .addHelpText('after', example)
    .action((tenantId: string | undefined, _options: object, command: Command) => {
      const context = contextOf(command);
      return tenantId === undefined ? listBehind(context) : showDifferences(context, tenantId);
    });
}

async function listBehind(context: Context): Promise<void> {
  const silos: SiloSummary[] = [];
  let currentVersion: string;
  let cursor: string | undefined;
  do {
    const page = await context.call('ListSilos', { query: { limit, cursor } });
    silos.push(...page.silos.filter(({ behind }) => behind));
    ({ currentVersion, nextCursor: cursor } = page);
  } while (cursor);
  if (context.json) return printJson({ currentVersion, silos });
  printLines(
    table(
      ['TENANT', 'SLUG', 'TIER', 'STATUS', 'TEMPLATE', 'CURRENT'],
      silos.map(({ tenantId, slug, tier, status, templateVersion }) => [tenantId, slug, tier, status, templateVersion, currentVersion]),
    ),
  );
  printNote(silos.length === 0 ? 'Every silo has the current template.' : 'In what one differs: tenantry silo diff <tenantId>');
}

async function showDifferences(context: Context, tenantId: string): Promise<void> {
  const found = await context.call('DiffSilo', { path: { tenantId } });
  if (context.json) return printJson(found);
  const { templateVersion, currentVersion, differences } = found;
  printLines(
    facts([
      ['Tenant', found.tenantId],
      ['Template', templateVersion],
      ['Current', currentVersion],
    ]),
  );
  if (differences.length === 0) return printNote('Nothing differs.');
  printLines(['', ...table(['CHANGE', 'SECTION', 'NAME', 'TYPE', 'DIFFERS IN'], differences.map(rowOf))]);
}

const rowOf = ({ change, section, name, type = '-', differs = [] }: TemplateDifference) => [
  change,
  section,
  name,
  type,
  differs.join(', ') || '-',
];
