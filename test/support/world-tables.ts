import { FakeTables } from './fake-tables.ts';

/** The tables of the deployment, by what they hold. */
export const tables = {
  tenants: 'Tenants',
  events: 'Events',
  findings: 'Findings',
  people: 'People',
  peopleKeys: 'PeopleKeys',
  tenantData: 'TenantData',
} as const;

/** @returns the tables with their keys and indexes (lib/tenant-records.ts, lib/people-vault.ts, lib/tenant-data.ts), empty */
export function newDatabase(): FakeTables {
  return new FakeTables({
    [tables.tenants]: {
      keys: ['pk', 'sk'],
      indexes: {
        ByStatus: ['statusPartition', 'listPosition'],
        ByTier: ['tierPartition', 'listPosition'],
        Unfinished: ['unfinishedPartition', 'listPosition'],
      },
    },
    [tables.events]: { keys: ['tenantId', 'seq'] },
    [tables.findings]: {
      keys: ['subject', 'findingId'],
      wholeIndexes: { ByState: ['statePartition', 'listPosition'], ByKind: ['kindPartition', 'listPosition'] },
    },
    [tables.people]: { keys: ['tenantId', 'personId'] },
    [tables.peopleKeys]: { keys: ['tenantId'] },
    [tables.tenantData]: { keys: ['tenantId', 'itemId'] },
  });
}
