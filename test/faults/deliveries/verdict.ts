import { worldProblems } from '../world/verdict.ts';
import type { TenantWorld } from '../world/world.ts';
import type { DeliveryFaults } from './delivery-case.ts';

type Item = Readonly<Record<string, unknown>>;

/** Of a failure that was over when it was told, nothing is found, and nobody is mailed who has confirmed; what comes late stands later in the trail, with the revision of then. */
function withoutOrder({ comparable, events }: TenantWorld): TenantWorld {
  const { 'TenantRecords/Events': told, 'TenantRecords/Findings': findings, 'TenantRecords/Tenants': tenant, ...stores } = comparable;
  const records = tenant as { readonly items: readonly Item[] };
  const ofNoFinding = (told as readonly Item[]).filter(({ type }) => type !== 'FindingOpened' && type !== 'FindingClosed');
  return {
    comparable: {
      ...stores,
      'TenantRecords/Tenants': { ...records, items: records.items.filter(({ sk }) => !String(sk).startsWith('MAIL#')) },
      'TenantRecords/Events': ofNoFinding.map(({ revision: _, ...event }) => JSON.stringify(event)).sort(),
      'TenantRecords/Findings': (findings as readonly Item[]).filter(({ closedAt }) => closedAt === undefined),
    },
    events,
  };
}

/** @returns in what the world after deliveries that something befell is not that of the run without, in words */
export const deliveryProblems = (clean: TenantWorld, found: TenantWorld, faults: DeliveryFaults): string[] =>
  faults.some(({ fault }) => fault === 'late')
    ? worldProblems(withoutOrder(clean), withoutOrder(found), [])
    : worldProblems(clean, found, []);
