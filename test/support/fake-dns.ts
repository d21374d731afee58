import { ChangeResourceRecordSetsCommand, ListResourceRecordSetsCommand, type ResourceRecordSet } from '@aws-sdk/client-route-53';

interface ListInput {
  readonly HostedZoneId: string;
  readonly StartRecordName?: string;
  readonly StartRecordType?: string;
}
interface ChangeInput {
  readonly HostedZoneId: string;
  readonly ChangeBatch: { readonly Changes: readonly { readonly Action: string; readonly ResourceRecordSet: ResourceRecordSet }[] };
}

const dotted = (name = '') => (name.endsWith('.') ? name : `${name}.`);
const keyOf = ({ Name, Type }: ResourceRecordSet) => `${dotted(Name).split('.').reverse().join('.')} ${Type}`;

/** What the handlers use of Route 53, in memory: one hosted zone. */
export class FakeDns {
  /** Which method serves which command. */
  static readonly operations = [
    [ListResourceRecordSetsCommand, 'list'],
    [ChangeResourceRecordSetsCommand, 'change'],
  ] as const;
  readonly records = new Map<string, ResourceRecordSet>();
  readonly #zoneId: string;

  constructor(zoneId: string) {
    this.#zoneId = zoneId;
  }

  #check(zoneId: string) {
    if (zoneId !== this.#zoneId) throw new Error(`There is no hosted zone ${zoneId}.`);
  }

  place(Name: string, Type: 'CNAME' | 'TXT' | 'A', Value: string) {
    const set: ResourceRecordSet = { Name: dotted(Name), Type, TTL: 300, ResourceRecords: [{ Value }] };
    this.records.set(keyOf(set), set);
  }

  /** Two a page, so that whoever reads only one page is found out. */
  list({ HostedZoneId, StartRecordName = '', StartRecordType = '' }: ListInput) {
    this.#check(HostedZoneId);
    const start = keyOf({ Name: StartRecordName, Type: StartRecordType as 'TXT' });
    const sorted = [...this.records].sort(([one], [other]) => (one < other ? -1 : 1)).filter(([key]) => key >= start);
    const [page, rest] = [sorted.slice(0, 2), sorted.slice(2)];
    const next = rest[0]?.[1];
    return {
      ResourceRecordSets: structuredClone(page.map(([, set]) => set)),
      IsTruncated: next !== undefined,
      ...(next ? { NextRecordName: next.Name, NextRecordType: next.Type } : {}),
    };
  }

  /** All of a batch, or nothing of it. */
  change({ HostedZoneId, ChangeBatch: { Changes } }: ChangeInput) {
    this.#check(HostedZoneId);
    const wrong = Changes.find(({ Action, ResourceRecordSet: set }) => {
      const present = this.records.get(keyOf(set));
      return Action === 'CREATE' ? present : Action === 'DELETE' && JSON.stringify(present) !== JSON.stringify(set);
    });
    if (wrong) throw Object.assign(new Error('The batch does not fit.'), { name: 'InvalidChangeBatch', $fault: 'client' });
    for (const { Action, ResourceRecordSet: set } of Changes) {
      if (Action === 'DELETE') this.records.delete(keyOf(set));
      else this.records.set(keyOf(set), { ...set, Name: dotted(set.Name) });
    }
    return { ChangeInfo: { Id: 'change', Status: 'PENDING' } };
  }

  /** The records as "name type value", for a test to compare. */
  lines = () =>
    [...this.records.values()].map(({ Name, Type, ResourceRecords = [] }) => `${Name} ${Type} ${ResourceRecords[0]?.Value}`).sort();
}
