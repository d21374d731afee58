import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { findingOf } from './support/builders.ts';
import { success } from './support/fake-api.ts';
import { beginSignedIn, deployment } from './support/signed-in.ts';

beginSignedIn();

const [one, other] = [randomUUID(), randomUUID()];
const pages = [{ findings: [findingOf(one)], nextCursor: 'second' }, { findings: [findingOf(other, { kind: 'StepLate' })] }];
const paged = () => {
  deployment.api.answers.ListFindings = ({ query }) => success('ListFindings', pages[query['cursor'] ? 1 : 0]);
};

test('says who is stuck where, since when, why, what to do, and where it is explained', async () => {
  paged();
  const { exitCode, stdout, stderr } = await deployment.run(['stuck']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toBe(`RunFailed
  Tenant   ${one}
  Step     CreateAdminUser
  Since    2026-01-01T12:00:09.000Z
  Why      CreateAdminUser: A limit of our platform has been reached. (LimitExceededException)
  Next     Raise the limit in Service Quotas. Then: tenantry redrive ${one} --reason '…'
  Article  docs/runbook.md#runfailed

${stdout.slice(stdout.indexOf('StepLate'))}`);
  expect(stdout).toContain(`StepLate\n  Tenant   ${other}\n`);
});

test('--json prints all of them, and the filters go to the API', async () => {
  paged();
  const { stdout } = await deployment.run([
    'stuck',
    '--kind',
    'RunFailed',
    '--step',
    'CreateAdminUser',
    '--tenant',
    one,
    '--closed',
    '--json',
  ]);
  expect(JSON.parse(stdout)).toEqual({ findings: pages.flatMap(({ findings }) => findings) });
  expect(deployment.api.requests[0]?.query).toEqual({
    kind: 'RunFailed',
    step: 'CreateAdminUser',
    tenantId: one,
    state: 'closed',
    limit: '100',
  });
});

test('says of a closed finding until when, and by whom it was closed, and nothing of what to do', async () => {
  const closed = findingOf(one, { closedAt: '2026-01-01T13:00:00.000Z', closedBy: { kind: 'schedule', id: 'SweepTenants' } });
  deployment.api.answers.ListFindings = () => success('ListFindings', { findings: [closed] });
  const { stdout } = await deployment.run(['stuck', '--closed']);
  expect(stdout).toContain('  Until    2026-01-01T13:00:00.000Z, closed by schedule SweepTenants\n');
  expect(stdout).not.toContain('Next');
});

test('nothing that is stuck is no failure', async () => {
  deployment.api.answers.ListFindings = () => success('ListFindings', { findings: [] });
  expect(await deployment.run(['stuck'])).toMatchObject({ exitCode: 0, stdout: '', stderr: 'Nothing is stuck.\n' });
});

test('--watch prints the list whenever it is another', async () => {
  const lists = [[findingOf(one)], [findingOf(one)], []];
  let asked = 0;
  deployment.api.answers.ListFindings = () => success('ListFindings', { findings: lists[Math.min(asked++, lists.length - 1)] });
  const watching = deployment.start(['stuck', '--watch', '--json']);
  await watching.until('stdout', /"findings":\[\].*\n/);
  watching.interrupt();
  const { stdout } = await watching.ended;
  const printed = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).findings.length);
  expect(printed).toEqual([1, 0]);
});
