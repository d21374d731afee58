import { expect, test } from '@jest/globals';
import { success } from './support/fake-api.ts';
import { beginSignedIn, deployment } from './support/signed-in.ts';

beginSignedIn();

const limits = { stacks: 1_900, roles: 900, userPools: 990 };
const answer = (silos: number) => {
  const cells = [{ cell: 'home', account: 'own', region: 'own', limits, silos, room: 900 - silos }];
  deployment.api.answers.ListCells = () => success('ListCells', { cells });
  return { cells };
};

test('shows the limits of each cell and its room', async () => {
  answer(17);
  const { exitCode, stdout, stderr } = await deployment.run(['cells']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(/^CELL +ACCOUNT +REGION +STACKS +ROLES +USER POOLS +SILOS +ROOM\nhome +own +own +1900 +900 +990 +17 +883\n$/);
});

test('says what to do when there is no room left', async () => {
  answer(900);
  const { stderr } = await deployment.run(['cells']);
  expect(stderr).toBe('There is no room: raise the quotas, then the limits in catalog/cells.json, and deploy.\n');
});

test('--json prints the answer', async () => {
  const expected = answer(17);
  const { stdout } = await deployment.run(['cells', '--json']);
  expect(JSON.parse(stdout)).toEqual(expected);
});
