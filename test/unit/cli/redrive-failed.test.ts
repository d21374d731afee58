import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { RedriveAccepted } from '../../../contracts/tenant.ts';
import { findingOf } from './support/builders.ts';
import { problem, success } from './support/fake-api.ts';
import { beginSignedIn, deployment } from './support/signed-in.ts';

/* All runs that failed at one step go on, one after the other. */

beginSignedIn();

const [first, second, third, early] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()] as [string, string, string, string];
const failedOn = (tenantId: string, openedAt: string) => findingOf(tenantId, { openedAt, lastSeenAt: openedAt });
/** The newest first, as the API lists them. */
const pages = [
  { findings: [failedOn(third, '2026-11-02T11:00:00.000Z'), failedOn(second, '2026-11-02T10:00:00.000Z')], nextCursor: 'second' },
  { findings: [failedOn(first, '2026-11-02T09:00:00.000Z'), failedOn(early, '2026-11-02T08:59:59.999Z')] },
];
const listed = () => {
  deployment.api.answers.ListFindings = ({ query }) => success('ListFindings', pages[query['cursor'] ? 1 : 0]);
};
const accepted = (tenantId: string): RedriveAccepted => ({
  tenantId,
  runId: `onboard-${tenantId}`,
  generation: 1,
  way: 'redrive',
  redriveCount: 1,
  definitionChanged: false,
  step: 'CreateAdminUser',
});
const chosen = ['redrive', '--failed-at', 'CreateAdminUser', '--since', '2026-11-02T10:00:00+01:00'];
const command = [...chosen, '--reason', 'the quota was raised'];
const redriven = () => deployment.api.requests.filter(({ operation }) => operation === 'RedriveTenant');

test('redrives those of every page that failed since then, the oldest failure first, with the reason', async () => {
  listed();
  deployment.api.answers.RedriveTenant = ({ path }) => success('RedriveTenant', accepted(path['tenantId'] as string));
  const { exitCode, stdout, stderr } = await deployment.run([...command, '--rate', '600']);
  expect(exitCode).toBe(0);
  expect(deployment.api.requests[0]?.query).toEqual({ kind: 'RunFailed', step: 'CreateAdminUser', state: 'open', limit: '100' });
  expect(redriven().map(({ path }) => path['tenantId'])).toEqual([first, second, third]);
  expect(redriven()[0]?.body).toEqual({ reason: 'the quota was raised', newGeneration: false });
  expect(stdout.split('\n')[1]).toBe(`2/3  ${second}  Redrive 1 of onboard-${second}, generation 1, goes on at CreateAdminUser.`);
  expect(stderr).toBe('3 of 3 runs go on, 0 are left as they are, 0 were refused.\n');
});

test('--dry-run lists them and redrives nothing', async () => {
  listed();
  const { exitCode, stdout, stderr } = await deployment.run([...chosen, '--dry-run']);
  expect(exitCode).toBe(0);
  expect(redriven()).toEqual([]);
  expect(
    stdout
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split('  ')[0]),
  ).toEqual([first, second, third]);
  expect(stderr).toBe('3 runs would go on.\n');
});

test.each([
  ['without a reason', chosen],
  ['of one tenant, without a reason', ['redrive', randomUUID()]],
  ['of one tenant, as a dry run', ['redrive', randomUUID(), '--dry-run']],
])('%s it is a usage error', async (_, args) => {
  expect(await deployment.run(args)).toMatchObject({ exitCode: 2, stdout: '' });
  expect(deployment.api.requests).toEqual([]);
});

test('one that goes on already is left as it is, so that the command can be sent again', async () => {
  listed();
  deployment.api.answers.RedriveTenant = ({ path }) =>
    path['tenantId'] === third ? success('RedriveTenant', accepted(third)) : problem('not-redrivable', 'The run is in progress.');
  const { exitCode, stdout } = await deployment.run([...command, '--rate', '600', '--json']);
  expect(exitCode).toBe(0);
  const outcomes = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(outcomes).toMatchObject([
    { tenantId: first, outcome: 'left', reason: expect.stringContaining('in progress') },
    { tenantId: second, outcome: 'left' },
    { tenantId: third, outcome: 'redriven', accepted: accepted(third) },
  ]);
});

test('one that is refused does not keep the others waiting, and the exit code tells of it', async () => {
  listed();
  deployment.api.answers.RedriveTenant = ({ path }) =>
    path['tenantId'] === first
      ? problem('internal-error', 'Try again later.')
      : success('RedriveTenant', accepted(path['tenantId'] as string));
  const { exitCode, stderr } = await deployment.run([...command, '--rate', '600']);
  expect(redriven()).toHaveLength(3);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('2 of 3 runs go on, 0 are left as they are, 1 were refused.');
});

test('when nobody is there, it ends, and asks for no further run', async () => {
  listed();
  deployment.api.answers.RedriveTenant = () => ({ status: 502, body: 'Bad gateway' });
  const { exitCode } = await deployment.run([...command, '--rate', '600']);
  expect({ exitCode, asked: redriven().length }).toEqual({ exitCode: 4, asked: 1 });
  deployment.api.violations.splice(0);
});
