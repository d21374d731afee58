import { expect, test } from '@jest/globals';
import { loadCatalog, parseCatalogFile } from '../../../catalog/catalog.ts';
import { catalogFiles } from '../../../catalog/files.ts';

test('the catalog in the repository is valid', () => {
  expect(loadCatalog().tiers.map(({ tier }) => tier)).toContain('starter');
});

test('the files say by themselves what the schemas make of them: handlers read them without', () => {
  expect(catalogFiles).toEqual(loadCatalog());
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

test("a cell in another account or Region than the deployment's own is refused by name, and so is one that counts a quota twice", () => {
  const [home] = structuredClone(loadCatalog().cells);
  expect(() => parseCatalogFile('cells.json', [{ ...home, account: '111122223333' }])).toThrow(
    /cells\.json[\s\S]*0\.account: must be "own"/,
  );
  expect(() => parseCatalogFile('cells.json', [{ ...home, region: 'eu-west-1' }])).toThrow(/0\.region: must be "own"/);
  expect(() => parseCatalogFile('cells.json', [home, { ...home, cell: 'second' }])).toThrow(/twice/);
  expect(() => parseCatalogFile('cells.json', [{ ...home, limits: { stacks: 1 } }])).toThrow(/0\.limits\.roles/);
  expect(() => parseCatalogFile('cells.json', [])).toThrow(/cells\.json/);
});
