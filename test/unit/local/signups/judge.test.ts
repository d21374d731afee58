import { expect, test } from '@jest/globals';
import { differences } from '../../../../local/signups/judge.ts';

const active = { http: 202, tenantId: 'a', status: 'ACTIVE' };
const taken = { http: 409, problem: 'urn:problem-type:tenantry:slug-taken' };

test('a signup that ended as expected has no differences', () => {
  expect(differences({ http: 202, status: 'ACTIVE' }, active)).toEqual([]);
  expect(differences({ http: 202 }, active)).toEqual([]);
  expect(differences({ http: 202, status: 'ACTIVE' }, { ...active, earlierTenantId: 'a' })).toEqual([]);
  expect(differences({ http: 409, problem: 'slug-taken' }, taken)).toEqual([]);
  expect(differences({ http: 409 }, taken)).toEqual([]);
});

test.each([
  [
    'a refusal in place of a tenant',
    { http: 202, status: 'ACTIVE' as const },
    taken,
    ['answered 409 instead of 202', 'ended without a tenant instead of ACTIVE'],
  ],
  [
    'a tenant in place of a refusal',
    { http: 409, problem: 'slug-taken' as const },
    active,
    ['answered 202 instead of 409', 'told no problem instead of urn:problem-type:tenantry:slug-taken'],
  ],
  [
    'another refusal of the same status',
    { http: 409, problem: 'signup-in-progress' as const },
    taken,
    ['told urn:problem-type:tenantry:slug-taken instead of urn:problem-type:tenantry:signup-in-progress'],
  ],
  [
    'a tenant that did not get there',
    { http: 202, status: 'ACTIVE' as const },
    { ...active, status: 'PROVISIONING' },
    ['ended PROVISIONING instead of ACTIVE'],
  ],
  [
    'a tenant that nobody asked to be active but that did not become so',
    { http: 202 },
    { ...active, status: 'PENDING' },
    ['ended PENDING instead of ACTIVE'],
  ],
  [
    'a second tenant for the same request',
    { http: 202, status: 'ACTIVE' as const },
    { ...active, earlierTenantId: 'b' },
    ['made tenant a although the same request had made b'],
  ],
])('%s is told', (_name, expected, end, told) => {
  expect(differences(expected, end)).toEqual(told);
});
