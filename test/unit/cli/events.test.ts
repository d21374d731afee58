import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { AuditEvent } from '../../../contracts/tenant.ts';
import { auditEvents } from './support/builders.ts';
import { problem, success } from './support/fake-api.ts';
import { beginSignedIn, deployment } from './support/signed-in.ts';

beginSignedIn();

const tenantId = randomUUID();
/** The trail as the API pages it: a cursor is the number of the last event before the page, and only a full page has one behind it. */
function trail(events: AuditEvent[]): void {
  deployment.api.answers.ListTenantEvents = ({ query }) => {
    const after = Number(query['cursor'] ?? 0);
    const rest = events.filter(({ seq }) => seq > after);
    const page = rest.slice(0, Number(query['limit']));
    return success('ListTenantEvents', { events: page, ...(rest.length > page.length ? { nextCursor: String(page.at(-1)?.seq) } : {}) });
  };
}

test('prints every event of every page, the oldest first', async () => {
  const events = auditEvents(tenantId, 1, 230);
  trail(events);
  const { exitCode, stdout } = await deployment.run(['events', tenantId, '--json']);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ events });
  expect(deployment.api.requests.map(({ query }) => query['cursor'])).toEqual([undefined, '100', '200']);
});

test('prints them as a table', async () => {
  trail(auditEvents(tenantId, 1, 2));
  const { stdout } = await deployment.run(['events', tenantId]);
  expect(stdout).toMatch(/^SEQ +AT +TYPE +STEP +ATTEMPT +ACTOR +DETAIL/);
  expect(stdout).toMatch(/^2 +2026-01-01T12:00:02\.000Z +StepSucceeded +PlanTenant +1 +step PlanTenant/m);
});

test('tells why, from which status to which, and what a step failed with', async () => {
  const [first, second, third] = auditEvents(tenantId, 1, 3) as [AuditEvent, AuditEvent, AuditEvent];
  const failure = {
    class: 'quota',
    error: 'LimitExceededException',
    operation: 'CognitoIdentityProvider.AdminCreateUser',
    reason: 'A limit.',
  };
  trail([
    { ...first, type: 'SignedUp', actor: { kind: 'customer', id: 'c' }, data: { to: 'PENDING' } },
    { ...second, type: 'StepFailed', data: { failure } },
    {
      ...third,
      type: 'RedriveRequested',
      actor: { kind: 'staff', id: 's' },
      reason: 'raised',
      data: { from: 'PENDING', to: 'PROVISIONING' },
    },
  ]);
  const details = [
    'PENDING',
    'quota: LimitExceededException from CognitoIdentityProvider.AdminCreateUser',
    'raised, PENDING → PROVISIONING',
  ];
  for (const more of [[], ['--follow', '--timeout', '0.1']]) {
    const { stdout } = await deployment.run(['events', tenantId, ...more]);
    const lines = stdout.trim().split('\n').slice(-3);
    lines.forEach((line, place) => {
      expect(line.endsWith(details[place] ?? '?')).toBe(true);
    });
  }
});

test('--follow prints each new event once, across pages, until it is interrupted', async () => {
  const events = auditEvents(tenantId, 1, 99);
  trail(events);
  const following = deployment.start(['events', tenantId, '--follow', '--json']);
  await following.until('stdout', /"seq":99\b/);
  events.push(...auditEvents(tenantId, 100, 101));
  await following.until('stdout', /"seq":101\b/);
  events.push(...auditEvents(tenantId, 102, 102));
  await following.until('stdout', /"seq":102\b.*\n/);
  following.interrupt();
  const { stdout } = await following.ended;
  const seqs = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as AuditEvent).seq);
  expect(seqs).toEqual(events.map(({ seq }) => seq));
});

test('--follow ends by itself after --timeout', async () => {
  trail(auditEvents(tenantId, 1, 1));
  const { exitCode, stdout } = await deployment.run(['events', tenantId, '--follow', '--timeout', '0.2']);
  expect(exitCode).toBe(0);
  expect(stdout).toBe('2026-01-01T12:00:01.000Z     1  StepSucceeded     PlanTenant, attempt 1\n');
});

test('what others wrote cannot steer the terminal', async () => {
  const [event] = auditEvents(tenantId, 1, 1) as [AuditEvent];
  trail([{ ...event, reason: 'harmless\u001b[2J\u001b]0;title\u0007\rhidden' }]);
  for (const more of [[], ['--follow', '--timeout', '0.1']]) {
    const { stdout } = await deployment.run(['events', tenantId, ...more]);
    expect(stdout).toContain('harmless');
    expect(stdout).not.toMatch(/[^\P{Cc}\n]|\[2J/u);
  }
});

test('a tenant that there is not is a refusal', async () => {
  deployment.api.answers.ListTenantEvents = () => problem('not-found', 'There is no such tenant, or the token is not valid for it.');
  const { exitCode, stdout, stderr } = await deployment.run(['events', tenantId, '--json']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(JSON.parse(stderr)).toMatchObject({ error: { exitCode: 1, problem: { status: 404 } } });
});
