import { ListResourceRecordSetsCommand, type ResourceRecordSet, type Route53Client } from '@aws-sdk/client-route-53';
import type { ReaderOf } from './reader.ts';

/** The records at a name and below it. */
export async function recordsAt(client: Route53Client, HostedZoneId: string, hostName: string): Promise<ResourceRecordSet[]> {
  // Names are listed in the order of their labels from the last one on, so those of a name stand together: https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html
  const { ResourceRecordSets = [] } = await client.send(new ListResourceRecordSetsCommand({ HostedZoneId, StartRecordName: hostName }));
  return ResourceRecordSets.filter(({ Name }) => `.${Name}`.endsWith(`.${hostName}.`));
}

/** The zones of the tenants' names. */
export const zoneReader =
  (client: Route53Client): ReaderOf =>
  ({ type, path, physicalId, properties }) => {
    if (type !== 'AWS::Route53::HostedZone') return undefined;
    const domain = String(properties.Name).replace(/\.$/, '');
    return { store: path, read: ({ slug }) => recordsAt(client, physicalId, `${slug}.${domain}`) };
  };
