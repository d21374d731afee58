import { beforeEach, expect, test } from '@jest/globals';
import canonicalize from 'canonicalize';
import { newTenantPeople } from '../../../lambdas/shared/people.ts';
import { hashOfSignupKey, hashOfToken, signupSecrets } from '../../../lambdas/shared/signup-secrets.ts';
import { unfinishedPartition } from '../../../lambdas/shared/tenants.ts';
import { newWorld, tables, type World } from '../../support/world.ts';
import type { Life } from '../cases/run-case.ts';
import { peopleInTheClear, recordsInTheClear } from './secrets.ts';

const tenantId = '3f0c8a52-8c1e-4d3a-9b57-2f6d1c0e7a41';
const person = { name: 'Ada Lovelace', email: 'ada@acme.example', organisationName: 'Acme' };
const signup = { key: 'a key', request: { organisationName: 'Acme' } };
const subject = { tenantId, signupKeyHash: hashOfSignupKey(signup.key), signup };
const life = { scene: { as: (_name: string, code: () => Promise<unknown>) => code() }, subject } as unknown as Life;
let world: World;
beforeEach(() => {
  world = newWorld();
});

test('a hash of what it must be of is told as that, and any other stays as it is', async () => {
  const secrets = await signupSecrets(subject.signupKeyHash);
  const head = {
    sk: 'TENANT',
    readerTokenHash: hashOfToken(secrets.readerToken(tenantId)),
    confirmationTokenHash: hashOfToken(secrets.readerToken(tenantId)),
    unfinishedPartition: unfinishedPartition(tenantId),
  };
  const row = { fingerprint: secrets.fingerprint(canonicalize(signup.request) as string) };
  const { items, signup: found } = await recordsInTheClear({ items: [head], signup: row }, life);
  expect(items).toEqual([{ ...head, readerTokenHash: '<the right one>', unfinishedPartition: '<the right one>' }]);
  expect(found).toEqual({ fingerprint: '<the right one>' });
});

test('a person is told as what the tenant’s key opens, and one whom it does not open as that', async () => {
  for (const { Put } of await newTenantPeople(tenantId, 'person', person)) world.database.put(Put);
  const item = { tenantId, personId: 'person' };
  const { sealed } = world.database.get({ TableName: tables.people, Key: item }).Item as { sealed: Uint8Array };
  expect(await peopleInTheClear([{ ...item, sealed }], life)).toEqual([{ ...item, person }]);
  world.database.place(tables.people, { ...item, sealed: Uint8Array.from(sealed, (byte) => byte ^ 1) });
  expect(await peopleInTheClear([{ ...item, sealed }], life)).toEqual([{ ...item, person: expect.stringContaining('It does not open') }]);
});
