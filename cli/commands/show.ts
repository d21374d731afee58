import type { Command } from 'commander';
import type { AuditEvent, StepDetail, TenantDetail } from '../../contracts/tenant.ts';
import { actorOf, detailOf, newEventsOf } from '../audit-events.ts';
import { billingFacts } from '../billing-facts.ts';
import { contextOf } from '../context.ts';
import { allFindings, findingLines } from '../findings.ts';
import { examples } from '../options.ts';
import { coloured, facts, plain, printJson, printLines, table } from '../output.ts';

/** Adds the command that shows a tenant with the steps of its run. */
export function show(program: Command): void {
  program
    .command('show')
    .summary('show a tenant, the steps of its run, and what happened to it')
    .description(
      'Shows a tenant with what it pays, each step of its run with times and attempts, after a failure its class, its reason and what to do, what is found wrong, and what happened: who did it, and why. Needs you to be signed in.',
    )
    .argument('<tenantId>', 'the id of the tenant')
    .addHelpText('after', examples('tenantry show 6f1f0c7e-6f0c-4a5e-9d60-3d0b4c3ad7a1'))
    .action(async (tenantId: string, _options: object, command: Command) => {
      const context = contextOf(command);
      const tenant = await context.call('GetTenant', { path: { tenantId } });
      const [findings, events] = await Promise.all([allFindings(context, { tenantId }), newEventsOf(context, tenantId)()]);
      if (context.json) return printJson({ ...tenant, findings, events });
      printLines([
        ...facts([
          ['Tenant', tenant.tenantId],
          ['Slug', tenant.slug],
          ['Status', `${tenant.status} since ${tenant.statusChangedAt}, revision ${tenant.revision}`],
          ['Tier', `${tenant.tier}, version ${tenant.tierVersion}`],
          ['Region', tenant.region],
          ['Signed up', `${tenant.signedUpAt}, terms ${tenant.termsVersion}`],
          ['Expires', tenant.expiresAt],
          ['Run', tenant.run && `${tenant.run.runId}, generation ${tenant.run.generation}, started ${tenant.run.startedAt}`],
          ['Administrator', tenant.administratorUsername],
          ['Host name', tenant.hostName],
          ['Silo template', tenant.siloTemplateVersion],
          ...billingFacts(tenant.billing),
        ]).map((line) => line.replace(tenant.status, coloured)),
        '',
        ...table(['STEP', 'STATE', 'ATTEMPT', 'REDRIVES', 'STARTED', 'ENDED', 'TOOK'], tenant.steps.map(rowOf)),
        ...tenant.steps.flatMap(failureLines),
        ...notUndoneLines(tenant),
        ...findings.flatMap((finding) => ['', ...findingLines(finding)]),
        ...timeline(events),
      ]);
    });
}

function rowOf(step: StepDetail): string[] {
  const { startedAt, endedAt, expectedDurationSeconds } = step;
  const seconds = startedAt ? (Date.parse(endedAt ?? new Date().toISOString()) - Date.parse(startedAt)) / 1000 : undefined;
  const late =
    seconds !== undefined && !endedAt && seconds > expectedDurationSeconds ? ` so far, ${expectedDurationSeconds} s expected` : '';
  return [
    step.step,
    step.state,
    step.attempt > 0 ? String(step.attempt) : '-',
    String(step.redriveCount),
    startedAt ?? '-',
    endedAt ?? '-',
    seconds === undefined ? '-' : `${seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`}${late}`,
  ];
}

function notUndoneLines({ notUndone = [] }: TenantDetail): string[] {
  return notUndone.length > 0 ? ['', 'Not undone', ...notUndone.map((what) => plain(`  ${what}`))] : [];
}

function failureLines({ step, failure }: StepDetail): string[] {
  if (!failure) return [];
  return [
    '',
    `${step} failed`,
    ...facts([
      ['  Class', failure.class],
      ['  Reason', failure.reason],
      ['  Error', `${failure.error}${failure.operation ? ` from ${failure.operation}` : ''}`],
      ['  Next', failure.nextAction],
    ]),
  ];
}

/** Everything that happened but the steps that went well at once: who did it, and why. */
function timeline(events: readonly AuditEvent[]): string[] {
  const smooth = ({ type, attempt }: AuditEvent) => ['StepStarted', 'StepSucceeded'].includes(type) && attempt === 1;
  const told = events.filter((event) => !smooth(event));
  const rows = told.map((event) => [
    event.at,
    event.type,
    event.step ?? '-',
    event.attempt === undefined ? '-' : String(event.attempt),
    actorOf(event),
    detailOf(event),
  ]);
  return rows.length > 0 ? ['', ...table(['AT', 'WHAT', 'STEP', 'ATTEMPT', 'WHO', 'WHY'], rows)] : [];
}
