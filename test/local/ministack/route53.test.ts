import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { assumeRole, type BareMiniStack, createRole, startBareMiniStack } from '../../support/bare-ministack.ts';

let stack: BareMiniStack;
let root: Route53Client;
let writer: Route53Client;
let HostedZoneId: string;
const prefix = 'route53:ChangeResourceRecordSets';

beforeAll(async () => {
  stack = await startBareMiniStack();
  root = new Route53Client(stack.options());
  const { HostedZone } = await root.send(new CreateHostedZoneCommand({ Name: 'tenants.example', CallerReference: 'check' }));
  HostedZoneId = HostedZone?.Id?.replace('/hostedzone/', '') ?? '';
  const roleArn = await createRole(stack, [
    {
      Effect: 'Allow',
      Action: prefix,
      Resource: `arn:aws:route53:::hostedzone/${HostedZoneId}`,
      Condition: {
        Null: { [`${prefix}NormalizedRecordNames`]: 'false' },
        'ForAllValues:StringLike': { [`${prefix}NormalizedRecordNames`]: '*.tenants.example' },
        'ForAllValues:StringEquals': { [`${prefix}RecordTypes`]: ['CNAME', 'TXT'], [`${prefix}Actions`]: ['UPSERT'] },
      },
    },
  ]);
  writer = new Route53Client(stack.options(await assumeRole(stack, roleArn)));
});
afterAll(() => stack.stop());

type Change = readonly [action: 'UPSERT' | 'CREATE' | 'DELETE', name: string, type: 'CNAME' | 'TXT' | 'A', value: string];
const change = (...changes: Change[]) =>
  writer.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId,
      ChangeBatch: {
        Changes: changes.map(([Action, Name, Type, Value]) => ({
          Action,
          ResourceRecordSet: { Name, Type, TTL: 300, ResourceRecords: [{ Value }] },
        })),
      },
    }),
  );
const own = ['UPSERT', 'Acme.tenants.example.', 'CNAME', 'app.example'] as const;

test('a policy on names, types and actions allows what it names', async () => {
  await change(own, ['UPSERT', '_tenantry.acme.tenants.example', 'TXT', '"tenant=1"']);
  const { ResourceRecordSets = [] } = await root.send(new ListResourceRecordSetsCommand({ HostedZoneId }));
  expect(ResourceRecordSets.map(({ Type }: ResourceRecordSet) => Type)).toEqual(expect.arrayContaining(['CNAME', 'TXT']));
});

test.each<[string, Change]>([
  ['another name', ['UPSERT', 'acme.example', 'CNAME', 'app.example']],
  ['the name of the zone itself', ['UPSERT', 'tenants.example', 'TXT', '"text"']],
  ['another type', ['UPSERT', 'other.tenants.example', 'A', '192.0.2.1']],
  ['another action', ['CREATE', 'other.tenants.example', 'CNAME', 'app.example']],
])('and refuses a batch of which one change has %s', async (_, wrong) => {
  await expect(change(own, wrong)).rejects.toMatchObject({ name: expect.stringMatching(/^AccessDenied/) });
});
