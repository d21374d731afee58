import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SiloDifferences, SiloPage } from '../../contracts/silos.ts';
import { api, expectProblem } from './support/api.ts';
import { confirmWithRoom } from './support/cell-room.ts';
import { readHead } from './support/records.ts';
import { onboard, untilOnboarded } from './support/signups.ts';
import { makeOlder, signUpForSilo } from './support/silos.ts';
import { StaffMember } from './support/staff.ts';

/* After the Silo template has changed, staff see which silos are behind, and in what. */

let operator: StaffMember;
let tenantId: string;
let currentVersion: string;
beforeAll(async () => {
  operator = await StaffMember.signIn();
  const signup = await signUpForSilo();
  ({ tenantId } = signup);
  await confirmWithRoom(signup);
  await untilOnboarded(signup);
  currentVersion = (await readHead(tenantId)).silo?.templateVersion ?? '';
});
afterAll(() => operator.leave());

const asked = async <Answer>(...parameters: string[]): Promise<Answer> => {
  const { exitCode, output, errors } = await operator.tenantry('silo', 'diff', ...parameters, '--json');
  expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' });
  return JSON.parse(output);
};
const listed = async () => {
  const { body } = await api('GET', '/silos?limit=100', { headers: await operator.authorization() });
  return (body as SiloPage).silos.find((silo) => silo.tenantId === tenantId);
};

test('a silo that was just made has the current template', async () => {
  expect(currentVersion).toMatch(/^[0-9a-f]{12}$/);
  expect(await asked<SiloDifferences>(tenantId)).toEqual({ tenantId, templateVersion: currentVersion, currentVersion, differences: [] });
  expect(await listed()).toMatchObject({ tier: 'enterprise', status: 'ACTIVE', cell: 'home', behind: false });
  expect((await asked<SiloPage>()).silos.map((silo) => silo.tenantId)).not.toContain(tenantId);
});

test('a silo of an older template is among those behind, and says in what it differs', async () => {
  await makeOlder(tenantId, 'an-older-one');
  expect(await listed()).toMatchObject({ templateVersion: 'an-older-one', behind: true });
  const behind = await asked<SiloPage>();
  expect(behind.currentVersion).toBe(currentVersion);
  expect(behind.silos).toContainEqual(expect.objectContaining({ tenantId, templateVersion: 'an-older-one' }));
  expect(await asked<SiloDifferences>(tenantId)).toEqual({
    tenantId,
    templateVersion: 'an-older-one',
    currentVersion,
    differences: [
      { change: 'removed', section: 'Resources', name: 'FormerPart', type: 'AWS::CloudFormation::WaitConditionHandle' },
      { change: 'added', section: 'Outputs', name: 'Region' },
    ],
  });
});

test('a tenant that shares everything has no silo to compare, and is not listed', async () => {
  const pooled = await onboard();
  expectProblem(await api('GET', `/silos/${pooled.tenantId}/diff`, { headers: await operator.authorization() }), 'not-found');
  const { body } = await api('GET', '/silos?limit=100', { headers: await operator.authorization() });
  expect((body as SiloPage).silos.map((silo) => silo.tenantId)).not.toContain(pooled.tenantId);
});
