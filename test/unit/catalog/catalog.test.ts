import { expect, test } from '@jest/globals';
import { loadCatalog, parseCatalogFile } from '../../../catalog/catalog.ts';

test('the catalog in the repository is valid', () => {
  expect(loadCatalog().tiers.map(({ tier }) => tier)).toContain('starter');
});

test('a wrong tier is refused by an error that names the file and the field', () => {
  const [starter] = structuredClone(loadCatalog().tiers);
  expect(() => parseCatalogFile('tiers.json', [{ ...starter, pendingDays: 0 }])).toThrow(/catalog\/tiers\.json[\s\S]*0\.pendingDays/);
  expect(() => parseCatalogFile('tiers.json', [{ ...starter, pendingdays: 7 }])).toThrow(/pendingdays/);
  expect(() => parseCatalogFile('tiers.json', [{ ...starter, steps: starter?.steps.slice(1) }])).toThrow(/0\.steps: must be/);
  expect(() => parseCatalogFile('tiers.json', [starter, starter])).toThrow(/twice/);
});

test('no tier lets somebody administrate by an address that nobody confirmed', () => {
  const [starter] = structuredClone(loadCatalog().tiers);
  const unconfirmed = [{ ...starter, activationConditions: ['approved'] }];
  expect(() => parseCatalogFile('tiers.json', unconfirmed)).toThrow(/0\.activationConditions: must contain "email-confirmed"/);
});

test('the current terms must be among the accepted ones', () => {
  expect(() => parseCatalogFile('terms.json', { currentVersion: '2', acceptedVersions: ['1'] })).toThrow(/acceptedVersions/);
});
