import { type ChangeAction, ChangeResourceRecordSetsCommand, type ResourceRecordSet } from '@aws-sdk/client-route-53';
import type { Clients } from '../world/clients.ts';
import { recordsAt } from '../world/host-names.ts';
import { type Claim, strangerId } from './occupy.ts';

const withoutDot = (name = '') => name.replace(/\.$/, '');

/** Records at a name and below it, which say that it is another tenant's and lead elsewhere. */
export function recordsClaim({ route53 }: Clients, hostedZone: string, hostName: string): Claim<ResourceRecordSet[]> {
  const HostedZoneId = hostedZone.replace(/^\/hostedzone\//, '');
  const change = async (Action: ChangeAction, sets: readonly ResourceRecordSet[]) => {
    const Changes = sets.map((ResourceRecordSet) => ({ Action, ResourceRecordSet }));
    await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes } }));
  };
  const read = async () => {
    const found = await recordsAt(route53, HostedZoneId, hostName);
    return found.length > 0 ? found : undefined;
  };
  const record = (Name: string, Type: 'CNAME' | 'TXT', Value: string) => ({ Name, Type, TTL: 300, ResourceRecords: [{ Value }] });
  return {
    place: { read, put: (sets) => change('CREATE', sets), remove: async () => change('DELETE', (await read()) ?? []) },
    others: () => [record(`_tenantry.${hostName}`, 'TXT', `"tenant=${strangerId}"`), record(hostName, 'CNAME', 'elsewhere.example')],
  };
}

/** The host name in a batch of changes: the shortest name of all. */
export const hostNameIn = (changes: readonly { readonly ResourceRecordSet?: ResourceRecordSet }[]): string =>
  changes.map(({ ResourceRecordSet: set }) => withoutDot(set?.Name)).toSorted((one, other) => one.length - other.length)[0] ?? '';
