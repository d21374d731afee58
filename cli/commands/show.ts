import type { Command } from 'commander';
import type { StepDetail, TenantDetail } from '../../contracts/tenant.ts';
import { billingFacts } from '../billing-facts.ts';
import { contextOf } from '../context.ts';
import { examples } from '../options.ts';
import { coloured, facts, plain, printJson, printLines, table } from '../output.ts';

/** Adds the command that shows a tenant with the steps of its run. */
export function show(program: Command): void {
  program
    .command('show')
    .summary('show a tenant and the steps of its run')
    .description(
      'Shows a tenant with what it pays, each step of its run with times and attempts, and after a failure its class, its reason and what to do. Needs you to be signed in.',
    )
    .argument('<tenantId>', 'the id of the tenant')
    .addHelpText('after', examples('tenantry show 6f1f0c7e-6f0c-4a5e-9d60-3d0b4c3ad7a1'))
    .action(async (tenantId: string, _options: object, command: Command) => {
      const context = contextOf(command);
      const tenant = await context.call('GetTenant', { path: { tenantId } });
      if (context.json) return printJson(tenant);
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
        ...tenant.steps.flatMap((step) => failureLines(tenant, step)),
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

function failureLines(tenant: TenantDetail, { step, failure }: StepDetail): string[] {
  if (!failure) return [];
  return [
    '',
    `${step} failed`,
    ...facts([
      ['  Class', failure.class],
      ['  Reason', failure.reason],
      ['  Error', `${failure.error}${failure.operation ? ` from ${failure.operation}` : ''}`],
      ['  For the customer', failure.nextAction],
    ]),
    plain(`  When the cause is repaired: tenantry redrive ${tenant.tenantId} --reason '…'`),
  ];
}
