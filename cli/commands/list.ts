import type { Command } from 'commander';
import type { TenantPage, TenantSummary } from '../../contracts/tenant.ts';
import { contextOf } from '../context.ts';
import { examples } from '../options.ts';
import { printJson, printLines, printNote, table } from '../output.ts';

interface Options {
  readonly status?: string;
  readonly tier?: string;
  readonly limit?: string;
  readonly cursor?: string;
  readonly all?: boolean;
}

/** Adds the command that lists tenants. */
export function list(program: Command): void {
  program
    .command('list')
    .summary('list tenants, the newest first')
    .description('Lists tenants, the newest signup first, a page at a time. Needs you to be signed in.')
    .option('--status <status>', 'only tenants in this status, such as PROVISIONING')
    .option('--tier <tier>', 'only tenants of this tier')
    .option('--limit <number>', 'how many tenants a page has, 1 to 100 (default: 25)')
    .option('--cursor <cursor>', 'go on where the last page ended')
    .option('--all', 'all pages')
    .addHelpText('after', examples('tenantry list --status PROVISIONING', 'tenantry list --tier starter --all --json'))
    .action(async ({ status, tier, limit, cursor, all }: Options, command: Command) => {
      const context = contextOf(command);
      const pageFrom = (from: string | undefined): Promise<TenantPage> =>
        context.call('ListTenants', { query: { status, tier, limit, cursor: from } });
      let page = await pageFrom(cursor);
      const tenants: TenantSummary[] = [...page.tenants];
      while (all && page.nextCursor) {
        page = await pageFrom(page.nextCursor);
        tenants.push(...page.tenants);
      }
      const { nextCursor } = page;
      if (context.json) return printJson({ tenants, ...(nextCursor ? { nextCursor } : {}) });
      printLines(
        table(
          ['TENANT', 'SLUG', 'STATUS', 'SINCE', 'TIER', 'REGION', 'SIGNED UP'],
          tenants.map((each) => [each.tenantId, each.slug, each.status, each.statusChangedAt, each.tier, each.region, each.signedUpAt]),
        ),
      );
      if (tenants.length === 0) printNote('No tenant fits.');
      if (nextCursor) printNote(`There are more: --all, or --cursor ${nextCursor}`);
    });
}
