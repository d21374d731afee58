import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { SiloPage, SiloSummary } from '../../../contracts/silos.ts';
import { problem, success } from './support/fake-api.ts';
import { beginSignedIn, deployment } from './support/signed-in.ts';

beginSignedIn();

const currentVersion = '0123456789ab';
const made = (slug: string, templateVersion: string): SiloSummary => ({
  ...{ tenantId: randomUUID(), slug, tier: 'enterprise', status: 'ACTIVE', cell: 'home', templateVersion },
  behind: templateVersion !== currentVersion,
});
const [older, oldest] = [made('older', 'aaaaaaaaaaaa'), made('oldest', 'bbbbbbbbbbbb')];
const paged = (...pages: SiloSummary[][]) => {
  deployment.api.answers.ListSilos = ({ query }) => {
    const place = Number(query['cursor'] ?? 0);
    const page: SiloPage = { currentVersion, silos: pages[place] ?? [] };
    return success('ListSilos', place + 1 < pages.length ? { ...page, nextCursor: String(place + 1) } : page);
  };
};

test('lists what is behind, from every page, with both versions', async () => {
  paged([older, made('current', currentVersion)], [], [oldest]);
  const { exitCode, stdout, stderr } = await deployment.run(['silo', 'diff']);
  expect(exitCode).toBe(0);
  const lines = stdout.trim().split('\n');
  expect(lines[0]).toMatch(/^TENANT +SLUG +TIER +STATUS +TEMPLATE +CURRENT$/);
  expect(lines.slice(1).map((line) => line.split(/ +/))).toEqual(
    [older, oldest].map(({ tenantId, slug, templateVersion }) => [tenantId, slug, 'enterprise', 'ACTIVE', templateVersion, currentVersion]),
  );
  expect(stderr).toBe('In what one differs: tenantry silo diff <tenantId>\n');
  expect(deployment.api.requests.map(({ query }) => query)).toEqual([
    { limit: '100' },
    { limit: '100', cursor: '1' },
    { limit: '100', cursor: '2' },
  ]);
});

test('says so when nothing is behind; --json has what is', async () => {
  paged([made('current', currentVersion)]);
  expect((await deployment.run(['silo', 'diff'])).stderr).toBe('Every silo has the current template.\n');
  paged([older]);
  expect(JSON.parse((await deployment.run(['silo', 'diff', '--json'])).stdout)).toEqual({ currentVersion, silos: [older] });
});

test('of one tenant, shows in what its template differs', async () => {
  const { tenantId, templateVersion } = older;
  const differences = [
    { change: 'added', section: 'Outputs', name: 'BucketName' },
    { change: 'changed', section: 'Resources', name: 'Key', type: 'AWS::KMS::Key', differs: ['DeletionPolicy', 'Properties.KeySpec'] },
  ];
  deployment.api.answers.DiffSilo = () => success('DiffSilo', { tenantId, templateVersion, currentVersion, differences });
  const { exitCode, stdout } = await deployment.run(['silo', 'diff', tenantId]);
  expect(exitCode).toBe(0);
  expect(deployment.api.requests[0]?.path).toEqual({ tenantId });
  expect(stdout).toContain(
    `Template  ${templateVersion}\nCurrent   ${currentVersion}\n\nCHANGE   SECTION    NAME        TYPE           DIFFERS IN\n`,
  );
  expect(stdout).toMatch(/^added +Outputs +BucketName +- +-$/m);
  expect(stdout).toMatch(/^changed +Resources +Key +AWS::KMS::Key +DeletionPolicy, Properties\.KeySpec$/m);
});

test('of one tenant that is not behind, says that nothing differs, and of one without a silo what the API says', async () => {
  const { tenantId, templateVersion } = older;
  deployment.api.answers.DiffSilo = () => success('DiffSilo', { tenantId, templateVersion, currentVersion, differences: [] });
  expect((await deployment.run(['silo', 'diff', tenantId])).stderr).toBe('Nothing differs.\n');
  deployment.api.answers.DiffSilo = () => problem('not-found', 'The tenant has no silo.');
  const { exitCode, stderr } = await deployment.run(['silo', 'diff', tenantId]);
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('The tenant has no silo.')]);
});
