import type { Finding, FindingPage } from '../contracts/findings.ts';
import type { Context } from './context.ts';
import { facts } from './output.ts';

/** The most that a page may have. */
const limit = '100';

/** What narrows a list of findings. */
export interface FindingFilter {
  readonly kind?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly step?: string | undefined;
  readonly state?: 'open' | 'closed' | undefined;
}

/** @returns all findings that fit, the newest first */
export async function allFindings(context: Context, filter: FindingFilter): Promise<Finding[]> {
  const findings: Finding[] = [];
  let cursor: string | undefined;
  do {
    const page: FindingPage = await context.call('ListFindings', { query: { ...filter, limit, cursor } });
    findings.push(...page.findings);
    cursor = page.nextCursor;
  } while (cursor);
  return findings;
}

/** A finding in words: of whom, since when, why, and what to do. */
export const findingLines = (finding: Finding): string[] => {
  const { kind, tenantId, step, generation, openedAt, closedAt, closedBy, about, reason, nextAction, article } = finding;
  return [
    kind,
    ...facts([
      ['  Tenant', tenantId],
      ['  Step', step && `${step}${generation && generation > 1 ? `, generation ${generation}` : ''}`],
      ['  About', about],
      ['  Since', openedAt],
      ['  Until', closedAt && `${closedAt}, closed by ${closedBy?.kind} ${closedBy?.id}`],
      ['  Why', reason],
      ['  Next', closedAt ? undefined : nextAction],
      ['  Article', article],
    ]),
  ];
};
