import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CellList } from '../../contracts/silos.ts';
import type { TenantDetail } from '../../contracts/tenant.ts';
import { expectWholeChain } from '../support/chain.ts';
import { api, expectNoInternals } from './support/api.ts';
import { tenantsIn, withoutRoom } from './support/cell-room.ts';
import { auditEvents, executionsOf, readHead } from './support/records.ts';
import { confirm, readStatus, untilOnboarded } from './support/signups.ts';
import { signUpForSilo, siloStack } from './support/silos.ts';
import { StaffMember } from './support/staff.ts';
import { until } from './support/until.ts';

/* A silo for which there is no room is refused before anything is made, and made when there is room again. */

let operator: StaffMember;
beforeAll(async () => {
  operator = await StaffMember.signIn();
});
afterAll(() => operator.leave());

const home = async () => {
  const { output } = await operator.tenantry('cells', '--json');
  const [cell] = (JSON.parse(output) as CellList).cells;
  if (!cell) throw new Error('There is no cell.');
  return cell;
};

test('a tenant for which no cell has room is told so, and gets its silo by a redrive when one has', async () => {
  const signup = await signUpForSilo();
  const { tenantId } = signup;
  await withoutRoom(
    'home',
    async () => (await home()).room,
    async () => {
      expect(await home()).toMatchObject({ room: 0 });
      await confirm(signup);
      await until('The failure of the plan', async () => (await executionsOf(tenantId))[0]?.status === 'FAILED');
    },
  );

  const status = await readStatus(signup);
  expectNoInternals(JSON.stringify(status));
  const reason = "There is no room for the tenant's own resources: our platform has no access roles left.";
  expect(status.steps.find(({ step }) => step === 'PlanTenant')).toMatchObject({ state: 'FAILED', failure: { reason } });
  const { body } = await api('GET', `/tenants/${tenantId}`, { headers: await operator.authorization() });
  expect((body as TenantDetail).steps.find(({ step }) => step === 'PlanTenant')?.failure).toMatchObject({
    class: 'quota',
    error: 'NoRoom',
    operation: 'Cells: home has its 900 roles',
  });
  expect(await readHead(tenantId)).not.toHaveProperty('cell');
  expect(await siloStack(tenantId)).toBeUndefined();

  const { exitCode } = await operator.tenantry('redrive', tenantId, '--reason', 'The limit was raised.', '--json');
  expect(exitCode).toBe(0);
  await untilOnboarded(signup);
  expect(await readHead(tenantId)).toMatchObject({ status: 'ACTIVE', cell: 'home' });
  // Others take and give back places at the same time, so that the two are compared until they are of one moment.
  await until('A place for each tenant that has one', async () => (await home()).silos === (await tenantsIn('home')));
  expectWholeChain(await auditEvents(tenantId));
});
