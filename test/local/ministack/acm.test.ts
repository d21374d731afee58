import {
  ACMClient,
  AddTagsToCertificateCommand,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  ListCertificatesCommand,
  RequestCertificateCommand,
  type RequestCertificateCommandInput,
} from '@aws-sdk/client-acm';
import { ChangeResourceRecordSetsCommand, CreateHostedZoneCommand, Route53Client } from '@aws-sdk/client-route-53';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { account, assumeRole, type BareMiniStack, createRole, region, startBareMiniStack } from '../../support/bare-ministack.ts';

let stack: BareMiniStack;
let root: ACMClient;
let asker: ACMClient;
const certificates = `arn:aws:acm:${region}:${account}:certificate/*`;

beforeAll(async () => {
  stack = await startBareMiniStack();
  root = new ACMClient(stack.options());
  const roleArn = await createRole(stack, [
    {
      Effect: 'Allow',
      Action: 'acm:RequestCertificate',
      Resource: '*',
      Condition: {
        Null: { 'acm:DomainNames': 'false', 'aws:RequestTag/tenantId': 'false' },
        StringEquals: { 'acm:ValidationMethod': 'DNS' },
        'ForAllValues:StringLike': { 'acm:DomainNames': '*.tenants.example' },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['tenantId'] },
      },
    },
    {
      Effect: 'Allow',
      Action: 'acm:DeleteCertificate',
      Resource: certificates,
      Condition: { Null: { 'aws:ResourceTag/tenantId': 'false' } },
    },
  ]);
  asker = new ACMClient(stack.options(await assumeRole(stack, roleArn)));
});
afterAll(() => stack.stop());

const wanted = (DomainName: string): RequestCertificateCommandInput => ({
  DomainName,
  ValidationMethod: 'DNS',
  Tags: [{ Key: 'tenantId', Value: '1' }],
});
const request = async (input: RequestCertificateCommandInput, client = asker) =>
  (await client.send(new RequestCertificateCommand(input))).CertificateArn ?? '';
const describeCertificate = async (CertificateArn: string) =>
  (await root.send(new DescribeCertificateCommand({ CertificateArn }))).Certificate;

test('a certificate is pending until a hosted zone has the record that it asks for, and issued then', async () => {
  const arn = await request(wanted('acme.tenants.example'));
  const pending = await describeCertificate(arn);
  expect(pending).toMatchObject({ Status: 'PENDING_VALIDATION' });
  expect(pending).not.toHaveProperty('IssuedAt');
  const { Name, Value } = pending?.DomainValidationOptions?.[0]?.ResourceRecord ?? {};
  expect(Name).toMatch(/^_[0-9a-f]{32}\.acme\.tenants\.example\.$/);

  const route53 = new Route53Client(stack.options());
  const { HostedZone } = await route53.send(new CreateHostedZoneCommand({ Name: 'tenants.example', CallerReference: 'check' }));
  const put = (value = '') =>
    route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: HostedZone?.Id,
        ChangeBatch: {
          Changes: [{ Action: 'UPSERT', ResourceRecordSet: { Name, Type: 'CNAME', TTL: 300, ResourceRecords: [{ Value: value }] } }],
        },
      }),
    );
  await put('elsewhere.example');
  expect(await describeCertificate(arn)).toMatchObject({ Status: 'PENDING_VALIDATION' });
  await put(Value);
  const { CertificateSummaryList } = await root.send(new ListCertificatesCommand({}));
  expect(CertificateSummaryList).toMatchObject([{ CertificateArn: arn, DomainName: 'acme.tenants.example', Status: 'ISSUED' }]);
  expect(await describeCertificate(arn)).toMatchObject({ Status: 'ISSUED', IssuedAt: expect.any(Date) });
});

test('a request with the same token is the same certificate, and one with another token is another', async () => {
  const input = { ...wanted('twice.tenants.example'), IdempotencyToken: 'one' };
  const first = await request(input);
  expect(await request(input)).toBe(first);
  expect(await request({ ...input, IdempotencyToken: 'two' })).not.toBe(first);
});

describe('a policy on what is asked for', () => {
  test.each<[string, Partial<RequestCertificateCommandInput>]>([
    ['another name', { DomainName: 'acme.example' }],
    ['another name besides', { SubjectAlternativeNames: ['acme.example'] }],
    ['another proof', { ValidationMethod: 'EMAIL' }],
    ['no tag', { Tags: undefined }],
    ['another tag', { Tags: [{ Key: 'owner', Value: '1' }] }],
  ])('refuses %s', async (_, other) => {
    await expect(request({ ...wanted('own.tenants.example'), ...other })).rejects.toMatchObject({
      name: expect.stringMatching(/^AccessDenied/),
    });
  });

  test('deletes a certificate that has the tag, and no other', async () => {
    const CertificateArn = await request({ DomainName: 'untagged.tenants.example' }, root);
    const remove = () => asker.send(new DeleteCertificateCommand({ CertificateArn }));
    await expect(remove()).rejects.toMatchObject({ name: expect.stringMatching(/^AccessDenied/) });
    await root.send(new AddTagsToCertificateCommand({ CertificateArn, Tags: [{ Key: 'tenantId', Value: '1' }] }));
    await remove();
    await expect(describeCertificate(CertificateArn)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
