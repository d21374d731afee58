import { stripVTControlCharacters, styleText } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { RetryAccepted } from '../../../contracts/retry.ts';
import type { AuditEvent, TenantDetail } from '../../../contracts/tenant.ts';
import { auditEvents, billed, failedTenant, findingOf, tenantSummary } from './support/builders.ts';
import { problem, success } from './support/fake-api.ts';
import { beginSignedIn, deployment } from './support/signed-in.ts';

beginSignedIn();

describe('list', () => {
  const pages = [
    { tenants: [tenantSummary('one'), tenantSummary('a-much-longer-slug')], nextCursor: 'second' },
    { tenants: [tenantSummary('three')], nextCursor: 'third' },
    { tenants: [tenantSummary('four')] },
  ];
  const paged = () => {
    deployment.api.answers.ListTenants = ({ query }) => success('ListTenants', pages[{ second: 1, third: 2 }[query['cursor'] ?? ''] ?? 0]);
  };

  test('prints a page as a table, with aligned columns, and says how to get the next', async () => {
    paged();
    const { exitCode, stdout, stderr } = await deployment.run(['list']);
    expect(exitCode).toBe(0);
    const [heading = '', ...rows] = stdout.trim().split('\n');
    expect(rows).toHaveLength(2);
    for (const row of rows) expect(row.indexOf('ACTIVE')).toBe(heading.indexOf('STATUS'));
    expect(rows[1]).toContain('a-much-longer-slug');
    expect(stderr).toContain('--cursor second');
  });

  test('a status has its colour at a terminal that has colours, and the columns stay aligned', async () => {
    paged();
    const bare = await deployment.run(['list']);
    const { stdout } = await deployment.run(['list'], { FORCE_COLOR: '1' });
    expect(stdout).toContain(`${styleText('green', 'ACTIVE', { validateStream: false })}  2026`);
    expect(stripVTControlCharacters(stdout)).toBe(bare.stdout);
    expect(bare.stdout).toBe(stripVTControlCharacters(bare.stdout));
  });

  test('--all follows the cursors to the last page', async () => {
    paged();
    const { stdout, stderr } = await deployment.run(['list', '--all', '--limit', '2', '--json']);
    expect(JSON.parse(stdout)).toEqual({ tenants: pages.flatMap(({ tenants }) => tenants) });
    expect(stderr).toBe('');
    expect(deployment.api.requests.map(({ query }) => query)).toEqual([
      { limit: '2' },
      { limit: '2', cursor: 'second' },
      { limit: '2', cursor: 'third' },
    ]);
  });

  test('--json keeps the cursor, and filters go to the API', async () => {
    paged();
    const { stdout } = await deployment.run(['list', '--status', 'ACTIVE', '--tier', 'starter', '--json', '--cursor', 'second']);
    expect(JSON.parse(stdout)).toEqual(pages[1]);
    expect(deployment.api.requests[0]?.query).toEqual({ status: 'ACTIVE', tier: 'starter', cursor: 'second' });
  });

  test('a filter that the API refuses is explained by it', async () => {
    const errors = [{ field: 'status', message: 'must be one of: PENDING, ACTIVE', remedy: 'Send one of them.' }];
    deployment.api.answers.ListTenants = () => problem('invalid-request', 'Correct status and send it again.', errors);
    const { exitCode, stderr } = await deployment.run(['list', '--status', 'active']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('  status: must be one of: PENDING, ACTIVE. Send one of them.');
  });

  test('no tenant is an empty table and not a failure', async () => {
    deployment.api.answers.ListTenants = () => success('ListTenants', { tenants: [] });
    expect(await deployment.run(['list'])).toMatchObject({ exitCode: 0, stderr: 'No tenant fits.\n' });
  });
});

describe('show', () => {
  const eventsOfFailure = (tenantId: string): AuditEvent[] => {
    const [started, ...others] = auditEvents(tenantId, 1, 5);
    const [succeeded, opened, redriven, corrected] = others as [AuditEvent, AuditEvent, AuditEvent, AuditEvent];
    return [
      { ...(started as AuditEvent), type: 'StepStarted' },
      succeeded,
      { ...opened, type: 'FindingOpened', actor: { kind: 'schedule', id: 'SweepTenants' }, data: { reason: 'It is broken.' } },
      { ...redriven, type: 'RedriveRequested', actor: { kind: 'staff', id: 'someone' }, reason: 'It is mended.' },
      { ...corrected, type: 'InputCorrected', actor: { kind: 'staff', id: 'someone' }, reason: 'Misspelt', data: { corrected: ['slug'] } },
    ];
  };
  const answerWith = (tenant: TenantDetail) => {
    const findings = [findingOf(tenant.tenantId)];
    const events = eventsOfFailure(tenant.tenantId);
    deployment.api.answers.GetTenant = () => success('GetTenant', tenant);
    deployment.api.answers.ListFindings = () => success('ListFindings', { findings });
    deployment.api.answers.ListTenantEvents = () => success('ListTenantEvents', { events });
    return { ...tenant, findings, events };
  };

  test('tells what is found wrong, and what happened but for what went well: who did it, and why', async () => {
    const tenant = failedTenant();
    answerWith(tenant);
    const { stdout } = await deployment.run(['show', tenant.tenantId]);
    expect(stdout).toMatch(/\nRunFailed\n +Tenant +[0-9a-f-]{36}\n +Step +CreateAdminUser\n +Since /);
    const rows = stdout.slice(stdout.indexOf('AT  ')).trim().split('\n').slice(1);
    expect(rows).toEqual([
      expect.stringMatching(/FindingOpened +PlanTenant +1 +schedule SweepTenants +It is broken\.$/),
      expect.stringMatching(/RedriveRequested +PlanTenant +1 +staff someone +It is mended\.$/),
      expect.stringMatching(/InputCorrected +PlanTenant +1 +staff someone +Misspelt, corrected: slug$/),
    ]);
  });

  test('shows each step with its times and what failed with class, reason and next action', async () => {
    const tenant = failedTenant();
    answerWith(tenant);
    const { exitCode, stdout } = await deployment.run(['show', tenant.tenantId]);
    expect(exitCode).toBe(0);
    expect(deployment.api.requests[0]?.path).toEqual({ tenantId: tenant.tenantId });
    expect(stdout).toMatch(/^PlanTenant +SUCCEEDED +1 +0 +2026-01-01T12:00:00\.000Z +2026-01-01T12:00:01\.000Z +1\.0 s$/m);
    expect(stdout).toMatch(/^CreateAdminUser +FAILED +4 +0 /m);
    expect(stdout).toMatch(/^TestTenant +WAITING +- +0 +- +- +-$/m);
    expect(stdout).toMatch(
      /CreateAdminUser failed\n +Class +quota\n +Reason +A limit .*\n +Error +LimitExceededException from .*AdminCreateUser\n +Next +Raise/,
    );
  });

  test('shows what a tenant pays, as the provider names it', async () => {
    const tenant = { ...failedTenant(), billing: billed };
    answerWith(tenant);
    const { stdout } = await deployment.run(['show', tenant.tenantId]);
    expect(stdout).toMatch(/^Customer +cus_1$/m);
    expect(stdout).toMatch(/^Payment +pi_1, 49\.00 EUR, paid at 2026-01-01T12:00:00\.000Z$/m);
    expect(stdout).toMatch(/^Subscription +sub_1$/m);
  });

  test('--json prints the tenant with its findings and events', async () => {
    const tenant = failedTenant();
    const answer = answerWith(tenant);
    const { stdout } = await deployment.run(['show', tenant.tenantId, '--json']);
    expect(JSON.parse(stdout)).toEqual(answer);
  });

  test('an answer with a field that is newer than this command line is shown', async () => {
    const tenant = { ...failedTenant(), department: 'new' };
    const answer = answerWith(tenant);
    deployment.api.answers.GetTenant = () => ({ status: 200, body: tenant });
    const { exitCode, stdout } = await deployment.run(['show', tenant.tenantId, '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual(answer);
    expect(deployment.api.violations.splice(0)).toHaveLength(1);
  });

  test('an id is one part of the path, whatever it contains', async () => {
    deployment.api.answers.GetTenant = () => problem('invalid-request', 'Correct tenantId and send it again.');
    const { exitCode } = await deployment.run(['show', '../signups?x=1']);
    expect(exitCode).toBe(1);
    expect(deployment.api.requests[0]).toMatchObject({ operation: 'GetTenant', path: { tenantId: '../signups?x=1' } });
  });
});

describe('redrive', () => {
  const tenant = failedTenant();
  const accepted = {
    tenantId: tenant.tenantId,
    runId: tenant.run?.runId ?? '',
    generation: 1,
    way: 'redrive',
    redriveCount: 2,
    definitionChanged: false,
    step: 'CreateAdminUser',
  };

  test('sends the reason and says where the run goes on', async () => {
    deployment.api.answers.RedriveTenant = () => success('RedriveTenant', accepted);
    const { exitCode, stdout } = await deployment.run(['redrive', tenant.tenantId, '--reason', 'the quota was raised']);
    expect(exitCode).toBe(0);
    expect(deployment.api.requests[0]).toMatchObject({
      path: { tenantId: tenant.tenantId },
      body: { reason: 'the quota was raised', newGeneration: false },
    });
    expect(stdout).toContain(`Redrive 2 of ${accepted.runId}, generation 1, goes on at CreateAdminUser.`);
  });

  test('--json prints the answer', async () => {
    deployment.api.answers.RedriveTenant = () => success('RedriveTenant', accepted);
    const { stdout } = await deployment.run(['redrive', tenant.tenantId, '--reason', 'again', '--json']);
    expect(JSON.parse(stdout)).toEqual(accepted);
  });

  test('--new-generation starts from the top', async () => {
    deployment.api.answers.RedriveTenant = () =>
      success('RedriveTenant', { ...accepted, generation: 2, way: 'new-generation', redriveCount: 0 });
    const { exitCode, stdout } = await deployment.run(['redrive', tenant.tenantId, '--reason', 'again', '--new-generation']);
    expect(exitCode).toBe(0);
    expect(deployment.api.requests[0]?.body).toEqual({ reason: 'again', newGeneration: true });
    expect(stdout).toContain(`Generation 2 of ${accepted.runId}, which had stopped at CreateAdminUser, starts from the top`);
  });

  test('says that the definition has changed since', async () => {
    deployment.api.answers.RedriveTenant = () => success('RedriveTenant', { ...accepted, definitionChanged: true });
    const { stdout } = await deployment.run(['redrive', tenant.tenantId, '--reason', 'again']);
    expect(stdout).toContain('--new-generation takes the new one');
  });

  test('a run that cannot be redriven is a refusal', async () => {
    deployment.api.answers.RedriveTenant = () => problem('not-redrivable', 'The run is in progress. Wait until it has ended.');
    const { exitCode, stderr } = await deployment.run(['redrive', tenant.tenantId, '--reason', 'again']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Nothing to redrive. The run is in progress. Wait until it has ended.');
  });
});

describe('retry', () => {
  const tenant = failedTenant();
  const accepted: RetryAccepted = {
    tenantId: tenant.tenantId,
    runId: tenant.run?.runId ?? '',
    generation: 2,
    corrected: ['slug', 'administrator.email'],
    step: 'CreateAdminUser',
  };
  const both = ['--input', 'slug=right', '--input', 'administrator.email=ada@example.com'];
  const given = (...input: string[]) => ['retry', tenant.tenantId, ...input, '--reason', 'it was misspelt'];

  test('sends what is right with the reason, and says what goes on', async () => {
    deployment.api.answers.RetryTenant = () => success('RetryTenant', accepted);
    const { exitCode, stdout } = await deployment.run(given(...both));
    expect(exitCode).toBe(0);
    expect(deployment.api.requests[0]).toMatchObject({
      path: { tenantId: tenant.tenantId },
      body: { reason: 'it was misspelt', input: { slug: 'right', administrator: { email: 'ada@example.com' } } },
    });
    expect(stdout).toContain('Corrected: slug, administrator.email.');
    expect(stdout).toContain(`Generation 2 of ${accepted.runId}, which had stopped at CreateAdminUser`);
  });

  test('--json prints the answer', async () => {
    deployment.api.answers.RetryTenant = () => success('RetryTenant', accepted);
    expect(JSON.parse((await deployment.run([...given(...both), '--json'])).stdout)).toEqual(accepted);
  });

  test('"-" takes a line of standard input, so that an address is not among the parameters', async () => {
    deployment.api.answers.RetryTenant = () => success('RetryTenant', accepted);
    const piped = deployment.start(given('--input', 'administrator.email=-'));
    piped.type('ada@example.com\n');
    piped.endInput();
    expect(await piped.ended).toMatchObject({ exitCode: 0 });
    expect(deployment.api.requests[0]?.body).toMatchObject({ input: { administrator: { email: 'ada@example.com' } } });
  });

  test('"-" without an answer is a usage failure, and nothing is sent', async () => {
    const piped = deployment.start(given('--input', 'administrator.email=-'));
    piped.endInput();
    expect(await piped.ended).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('There was no answer') });
    expect(deployment.api.requests).toEqual([]);
  });

  test('a refusal names the field as it was given, with what to do', async () => {
    deployment.api.answers.RetryTenant = () =>
      problem('slug-taken', 'Another tenant has this slug.', [
        { field: '/input/slug', message: 'is taken', remedy: 'Choose another slug.' },
      ]);
    const { exitCode, stderr } = await deployment.run(given('--input', 'slug=taken'));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/slug.*is taken.*Choose another slug/);
    expect(stderr).not.toContain('/input');
  });
});

describe('abandon', () => {
  const tenant = failedTenant();
  const accepted = {
    tenantId: tenant.tenantId,
    status: 'ABANDONED',
    runId: 'abandon-11111111-1111-4111-8111-111111111111',
    generation: 1,
  } as const;

  test('sends the reason and says what undoes it', async () => {
    deployment.api.answers.AbandonTenant = () => success('AbandonTenant', accepted);
    const { exitCode, stdout } = await deployment.run(['abandon', tenant.tenantId, '--reason', 'withdrawn']);
    expect(exitCode).toBe(0);
    expect(deployment.api.requests[0]).toMatchObject({ path: { tenantId: tenant.tenantId }, body: { reason: 'withdrawn' } });
    expect(stdout).toContain(accepted.runId);
  });

  test('an active tenant is a refusal', async () => {
    deployment.api.answers.AbandonTenant = () => problem('not-abandonable', 'The tenant is ACTIVE.');
    const { exitCode, stderr } = await deployment.run(['abandon', tenant.tenantId, '--reason', 'withdrawn']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Nothing to abandon. The tenant is ACTIVE.');
  });

  test('what could not be undone is shown with the tenant', async () => {
    const notUndone = ['The key k-1 cannot be used any more, and is deleted by KMS on 2026-11-27.'];
    deployment.api.answers.GetTenant = () => success('GetTenant', { ...tenant, status: 'ABANDONED', notUndone });
    expect((await deployment.run(['show', tenant.tenantId])).stdout).toContain(`Not undone\n  ${notUndone[0]}`);
  });
});
