import { beforeEach, expect, test } from '@jest/globals';
import { newTenantPeople, readPerson } from '../../../../lambdas/shared/people.ts';
import { canary } from '../../../support/onboarding.ts';
import { newWorld, tables, type World } from '../../../support/world.ts';

const [tenantId, otherTenant] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
const [personId, otherPerson] = ['33333333-3333-4333-8333-333333333333', '44444444-4444-4444-8444-444444444444'];
const person = { name: canary.name, email: canary.email, organisationName: canary.organisation };

let world: World;
async function keep(tenant: string, id: string) {
  for (const { Put } of await newTenantPeople(tenant, id, person)) world.database.put(Put);
}
const record = (tenant: string, id: string) =>
  world.database.get({ TableName: tables.people, Key: { tenantId: tenant, personId: id } }).Item as { sealed: Uint8Array };
const key = (tenant: string) =>
  world.database.get({ TableName: tables.peopleKeys, Key: { tenantId: tenant } }).Item as { wrappedKey: Uint8Array };

beforeEach(async () => {
  world = newWorld();
  await keep(tenantId, personId);
});

test('a person is read as they were written', async () => {
  expect(await readPerson(tenantId, personId)).toEqual(person);
});

test('what is stored holds no readable word of it, and two records of one person differ', async () => {
  await keep(otherTenant, personId);
  const [one, other] = [record(tenantId, personId).sealed, record(otherTenant, personId).sealed];
  const text = Buffer.from(one).toString('latin1') + Buffer.from(key(tenantId).wrappedKey).toString('latin1');
  for (const word of ['Kanarienvogel', 'kanarienvogel', 'example.com', 'name']) expect(text).not.toContain(word);
  expect(Buffer.from(one).equals(Buffer.from(other))).toBe(false);
});

test('nobody’s record can be overwritten by a new signup', async () => {
  await expect(keep(tenantId, personId)).rejects.toThrow();
});

test('a record that was changed in any byte is refused', async () => {
  const { sealed } = record(tenantId, personId);
  for (const place of [0, 11, 12, 27, 28, sealed.length - 1]) {
    const changed = Uint8Array.from(sealed, (byte, index) => (index === place ? byte ^ 1 : byte));
    world.database.place(tables.people, { tenantId, personId, sealed: changed });
    await expect(readPerson(tenantId, personId)).rejects.toThrow();
  }
  // Cut within its tag, it is not even checked against the shorter tag that is left.
  world.database.place(tables.people, { tenantId, personId, sealed: sealed.subarray(0, 20) });
  await expect(readPerson(tenantId, personId)).rejects.toThrow(/authentication tag length/);
});

test('a record that was moved to another person or tenant is refused, also together with its key', async () => {
  const { sealed } = record(tenantId, personId);
  world.database.place(tables.people, { tenantId, personId: otherPerson, sealed });
  await expect(readPerson(tenantId, otherPerson)).rejects.toThrow();
  world.database.place(tables.people, { tenantId: otherTenant, personId, sealed });
  world.database.place(tables.peopleKeys, { tenantId: otherTenant, wrappedKey: key(tenantId).wrappedKey });
  await expect(readPerson(otherTenant, personId)).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
});

test('a person without record or whose tenant’s key was destroyed is gone', async () => {
  expect(await readPerson(tenantId, otherPerson)).toBeUndefined();
  world.database.remove(tables.peopleKeys, { tenantId });
  expect(await readPerson(tenantId, personId)).toBeUndefined();
});
