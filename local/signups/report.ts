import { differences } from './judge.ts';
import type { FinishedSignup } from './send-signups.ts';
import { labelOf } from './signup-file.ts';
import type { Made } from './what-was-made.ts';

/** What differs from what the lines expect, and from what the active tenants imply; nothing if all is well. */
export function findFailures(finished: FinishedSignup[], made: Made): string[] {
  const failures = finished.flatMap(({ line, end }) =>
    differences(line.expect, end).map((what) => `line ${line.lineNumber}, ${labelOf(line)}: ${what}`),
  );
  for (const tenantId of activeTenantIds(finished)) {
    if (!made.eventTenantIds.includes(tenantId)) failures.push(`tenant ${tenantId}: the example consumer received no TenantProvisioned`);
  }
  return failures;
}

/** The tenants that came to ACTIVE, each once. */
export function activeTenantIds(finished: FinishedSignup[]): string[] {
  return [...new Set(finished.flatMap(({ end }) => (end.status === 'ACTIVE' && end.tenantId ? [end.tenantId] : [])))];
}

/** What was sent, what came of it and how long it took, for people to read. */
export function summarise(finished: FinishedSignup[], made: Made, seconds: number): string {
  const rows = finished.map(({ line, end, seconds: taken }) =>
    [
      String(line.lineNumber).padStart(4),
      end.status ?? `refused ${end.http}`,
      end.tenantId ?? end.problem ?? '',
      `${taken.toFixed(1)} s`,
      labelOf(line),
    ]
      .map((cell, column) => cell.padEnd([4, 12, 48, 7, 0][column] ?? 0))
      .join('  '),
  );
  const refused = finished.filter(({ end }) => end.http !== 202).length;
  return `
${rows.join('\n')}

Sent                 ${finished.length} signups, ${refused} of them refused
Tenant records       ${made.tenants}, ${made.activeTenants} of them ACTIVE
Users in Cognito     ${made.users}
Names in DNS         ${made.hostNames.join(', ') || 'none'}
Events received      ${made.eventTenantIds.length} TenantProvisioned at the example consumer
Mails                ${made.mails}
Time                 ${seconds.toFixed(1)} s
`;
}
